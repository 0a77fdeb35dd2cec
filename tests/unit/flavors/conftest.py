import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression


@pytest.fixture(autouse=True)
def own_project(project):
    return project


@pytest.fixture
def frame():
    return pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1, 0, 1, 0]})


@pytest.fixture
def classifier(frame):
    return LogisticRegression().fit(frame, [0, 0, 1, 1])
