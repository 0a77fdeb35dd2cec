import ast

import pytest

from jupyter_tracker.views import typescript


def test_the_browsers_types_are_those_of_the_views():
    assert typescript.written() == typescript.typescript(), "run: python -m jupyter_tracker.views.typescript --write"


def test_check_tells_an_outdated_file_and_writing_removes_what_no_view_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(typescript, "TARGET", tmp_path)
    assert typescript.main(["--check"]) == 1
    assert typescript.main(["--write"]) == 0
    assert typescript.main(["--check"]) == 0
    gone = tmp_path / "types" / "gone.ts"
    gone.write_text("export type Old = 1;\n", encoding="utf-8")
    assert typescript.main(["--check"]) == 1
    assert typescript.main(["--write"]) == 0
    assert not gone.exists()


def test_a_file_imports_what_lies_in_others_and_extends_what_its_view_extends():
    card = typescript.typescript()["types/run_card.ts"]
    assert "import type { KeyValue, RunHead } from './run_head.js';\n" in card
    assert "export interface RunCardView extends RunHead {\n" in card


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("str", "string"),
        ("int | None", "number | null"),
        ("list[float | None]", "(number | null)[]"),
        ("list[list[bool]]", "boolean[][]"),
        ("list[Row]", "Row[]"),
        ("Literal['a', 'b']", "'a' | 'b'"),
        ("Literal[1]", "1"),
    ],
)
def test_annotations_have_a_counterpart(annotation, expected):
    assert typescript._type(ast.parse(annotation, mode="eval").body, typescript._Names({"Row": "rows"})) == expected


@pytest.mark.parametrize("annotation", ["dict[str, int]", "Unknown", "tuple[int, ...]", "bytes"])
def test_an_annotation_without_counterpart_is_an_error(annotation):
    with pytest.raises(TypeError, match="no TypeScript type"):
        typescript._type(ast.parse(annotation, mode="eval").body, typescript._Names({}))
