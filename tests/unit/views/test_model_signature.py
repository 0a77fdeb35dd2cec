"""The signature of a model in one line: read once, and tried again where it could not be read."""

import pytest

from jupyter_tracker.errors import InvalidStateError
from jupyter_tracker.mlmodel.mlmodel import Model
from jupyter_tracker.views.model_signature import AGAIN_S, signature_line

MLMODEL = """\
flavors: {}
model_id: m-1
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}]'
  outputs: '[{"type": "long", "required": true}]'
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def line_at(folder, seconds=0.0):
    return signature_line(str(folder), lambda: seconds)


def write(folder, text=MLMODEL):
    folder.mkdir(exist_ok=True)
    (folder / "MLmodel").write_text(text, encoding="utf-8")


def test_what_was_read_is_kept(folder):
    write(folder)
    assert line_at(folder) == "age: double → long"
    write(folder, "flavors: {}\n")
    assert line_at(folder) == "age: double → long"


def test_a_file_that_is_no_text_has_no_signature(folder):
    write(folder)
    (folder / "MLmodel").write_bytes(b"\xff\x00")
    assert line_at(folder) is None
    with pytest.raises(InvalidStateError, match=r"MLmodel is no text in UTF-8: .* at byte 0"):
        Model.from_yaml((folder / "MLmodel").read_bytes())


def test_what_could_not_be_read_is_tried_again_after_a_while(folder):
    assert line_at(folder) is None
    write(folder)
    assert line_at(folder, AGAIN_S - 1) is None
    assert line_at(folder, AGAIN_S).startswith("age: double")


def test_no_signature_and_no_text(tmp_path):
    write(tmp_path / "plain", "flavors: {}\n")
    assert line_at(tmp_path / "plain") is None
    write(tmp_path / "broken", "signature: [")
    assert line_at(tmp_path / "broken") is None
    (tmp_path / "bytes").mkdir()
    (tmp_path / "bytes" / "MLmodel").write_bytes(b"\xff\xfe")
    assert line_at(tmp_path / "bytes") is None


def test_many_inputs_are_cut(folder):
    columns = ", ".join(f'{{"type": "double", "name": "x{number}"}}' for number in range(9))
    write(folder, f"flavors: {{}}\nsignature:\n  inputs: '[{columns}]'\n")
    found = line_at(folder)
    assert "x5: double, … (9)" in found
    assert "x6" not in found
    assert all(f"x{number}" in found for number in range(6))
