"""What the real MLflow does, in a process of its own: it loads our folders, predicts, and saves its own beside."""

import importlib
import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np

from tests.flavors.examples import EXAMPLES


def main(folder):
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import mlflow

    found = {}
    for name, example in EXAMPLES.items():
        flavor = importlib.import_module(f"mlflow.{example.flavor}")
        uri = str(folder / "ours" / name)
        found[f"{name} native"] = plain(example.predict(flavor.load_model(uri), example.data))
        found[f"{name} pyfunc"] = plain(mlflow.pyfunc.load_model(uri).predict(example.data))
    found["custom pyfunc"] = plain(
        mlflow.pyfunc.load_model(str(folder / "ours" / "custom")).predict(EXAMPLES["sklearn-forest"].data)
    )
    found["modules"] = sorted(name for name in sys.modules if name == "jupyter_tracker")
    save(mlflow, folder / "theirs", found)
    (folder / "found.json").write_text(json.dumps(found))


def save(mlflow, folder, found):
    for name, example in EXAMPLES.items():
        flavor = importlib.import_module(f"mlflow.{example.flavor}")
        more = {}
        if example.flavor == "pytorch" or name in {"sklearn-forest", "sklearn-odd"}:
            more = {"serialization_format": "pickle" if example.flavor == "pytorch" else "cloudpickle"}
        model = example.make()
        signature = mlflow.models.infer_signature(example.data, example.predict(model, example.data))
        flavor.save_model(model, str(folder / name), signature=signature, pip_requirements=["x"], **more)

    class Upper(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [each.upper() for each in model_input]

    class Hinted(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: list[str]) -> list[str]:
            return [each.upper() for each in model_input]

    def function(model_input):
        return [each.upper() for each in model_input]

    for kind, model in (("class", Upper()), ("hinted", Hinted()), ("function", function)):
        mlflow.pyfunc.save_model(folder / kind, python_model=model, pip_requirements=["x"])
    torch = EXAMPLES["pytorch"]
    mlflow.pytorch.save_model(
        torch.make().eval(), folder / "exported", input_example=torch.data[:3], pip_requirements=["x"]
    )
    found["exported theirs"] = plain(mlflow.pyfunc.load_model(str(folder / "exported")).predict(torch.data))


def plain(values):
    return np.asarray(values, dtype="float64").tolist()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
