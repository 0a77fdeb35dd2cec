"""skops is imported without all of scikit-learn, and is the same for whoever else uses it."""

import subprocess
import sys

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

from jupyter_tracker.flavors import skops_files
from jupyter_tracker.flavors.skops_import import is_estimator

SCRIPT = """
import sys
from sklearn.tree import DecisionTreeClassifier
from jupyter_tracker.flavors import skops_files
model = DecisionTreeClassifier(max_depth=2).fit([[0.0], [1.0]], [0, 1])
data, untrusted = skops_files.dumps(model)
assert skops_files.unknown_types(data) == []
assert skops_files.loads(data, ()).predict([[1.0]]).tolist() == [1]
loaded = [name for name in ("torch", "pytest", "sklearn.semi_supervised") if name in sys.modules]
print(untrusted, loaded)
import skops.io
assert sorted(skops.io.get_untrusted_types(data=data)) == untrusted
from skops.io import _general, _trusted_types
from sklearn.utils import all_estimators
whole = [f"{kind.__module__}.{kind.__name__}" for _, kind in all_estimators()]
for names in (_general.SKLEARN_ESTIMATOR_TYPE_NAMES, _trusted_types.SKLEARN_ESTIMATOR_TYPE_NAMES):
    assert list(names) == [name for name in whole if name.startswith("sklearn.")]
    assert "sklearn.svm._classes.SVC" in names and len(names) > 150 and names[0].startswith("sklearn.")
"""


def test_only_what_is_needed_is_imported():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['sklearn.tree._tree.Tree'] []"


def test_the_estimators_are_those_of_scikit_learns_own_list():
    names = {f"{kind.__module__}.{kind.__name__}" for _, kind in all_estimators()}
    assert {name for name in names if name.startswith("sklearn.") and not is_estimator(name)} == set()


@pytest.mark.parametrize(
    "name",
    [
        "sklearn.tree._tree.Tree", "sklearn.base.ClassifierMixin", "sklearn.utils.discovery.all_estimators",
        "sklearn.nothing.Here", "os.system", "sklearn.tests.test_base.MyEstimator", "sklearn.conftest.fixture",
        "sklearn.tree._classes.BaseDecisionTree", "builtins.eval",
    ],
)  # fmt: skip
def test_what_is_no_estimator(name):
    assert not is_estimator(name)


def test_a_type_that_is_not_allowed_stays_so():
    class Mine(RandomForestClassifier):
        pass

    Mine.__module__, Mine.__qualname__ = __name__, "Mine"
    globals()["Mine"] = Mine
    data, untrusted = skops_files.dumps(make_pipeline(Mine(n_estimators=2).fit([[0.0], [1.0]], [0, 1])))
    assert f"{__name__}.Mine" in untrusted
    assert skops_files.unknown_types(data) == [f"{__name__}.Mine"]
