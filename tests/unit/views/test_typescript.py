import ast

import pytest

from jupyter_tracker.views import typescript


def test_the_browsers_types_are_those_of_the_views():
    assert typescript.TARGET.read_text(encoding="utf-8") == typescript.typescript(), (
        "run: python -m jupyter_tracker.views.typescript --write"
    )


def test_check_tells_an_outdated_file(tmp_path, monkeypatch):
    target = tmp_path / "types.ts"
    monkeypatch.setattr(typescript, "TARGET", target)
    target.write_text("export type Old = 1;\n", encoding="utf-8")
    assert typescript.main(["--check"]) == 1
    assert typescript.main(["--write"]) == 0
    assert typescript.main(["--check"]) == 0


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
    assert typescript._type(ast.parse(annotation, mode="eval").body, {"Row"}) == expected


@pytest.mark.parametrize("annotation", ["dict[str, int]", "Unknown", "tuple[int, ...]", "bytes"])
def test_an_annotation_without_counterpart_is_an_error(annotation):
    with pytest.raises(TypeError, match="no TypeScript type"):
        typescript._type(ast.parse(annotation, mode="eval").body, set())
