import json

import pytest

from jupyter_tracker.views import artifact_preview
from jupyter_tracker.views.artifact_preview import artifact_preview_view

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
FIGURE = {"data": [{"type": "scatter", "y": [1, 2]}], "layout": {"title": {"text": "t"}}}


@pytest.fixture
def preview(tmp_path):
    def preview(name, content):
        file = tmp_path / "file"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        with file.open("rb") as opened:
            return artifact_preview_view(opened, name)

    return preview


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", PNG, "image"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image"),
        ("a.png", "<svg onload=alert(1)>", "none"),
        ("a.bin", PNG, "none"),
        ("a.svg", "<svg/>", "svg"),
        ("a.HTML", "<p>", "html"),
        ("figures/a.json", json.dumps(FIGURE), "plotly"),
        ("a.json", json.dumps({"columns": ["x"], "data": [[1]]}), "table"),
        ("a.json", '{"x": NaN}', "json"),
        ("a.json", "{broken", "text"),
        ("a.json", "[" * 100_000 + "]" * 100_000, "text"),
        ("a.json", '{"columns": ["x"], "data": [[' + "[" * 990 + "]" * 990 + "]]}", "text"),
        ("a.csv", "a,b\n1,2\n", "table"),
        ("a.csv", "", "text"),
        ("a.md", "# hello", "markdown"),
        ("train.py", "x = 1", "code"),
        ("model/MLmodel", "flavors:", "code"),
        ("notes", "héllo", "text"),
        ("latin", "h\xe9llo".encode("latin-1"), "none"),
        ("paper.pdf", b"%PDF-1.7\n\xff\xfe", "none"),
        ("empty.txt", "", "text"),
    ],
)
def test_what_a_file_is_shown_as(preview, name, content, kind):
    view = preview(name, content)
    assert view.kind == kind
    assert bool(view.reason) == (kind == "none")


def test_an_image_carries_no_content_and_its_type_is_read_off_its_bytes(preview):
    view = preview("really-a.jpg", PNG)
    assert (view.media_type, view.text) == ("image/png", "")


def test_a_long_text_is_cut_at_a_whole_letter(preview, monkeypatch):
    monkeypatch.setattr(artifact_preview, "TEXT_BYTES", 101)
    view = preview("a.txt", "é" * 100)
    assert (view.text, view.truncated, view.size_bytes) == ("é" * 50, True, 200)


def test_a_page_that_is_too_large_is_not_shown_in_part(preview, monkeypatch):
    monkeypatch.setattr(artifact_preview, "FRAME_BYTES", 50)
    view = preview("a.html", "<p>" * 100)
    assert (view.kind, view.text) == ("none", "")
    assert "too large" in view.reason


def test_a_table_is_its_first_rows_and_says_how_many_there_are(preview):
    view = preview("a.csv", "name,n\n" + "".join(f"r{i},{i}\n" for i in range(1000)))
    assert (len(view.table.rows), view.table.rows_total) == (200, 1000)
    assert view.table.numeric == [False, True]


def test_of_a_cut_table_the_last_row_is_left_out(preview, monkeypatch):
    monkeypatch.setattr(artifact_preview, "TEXT_BYTES", 34)
    view = preview("a.tsv", "name\tn\n" + "".join(f"r{i}\t{i}\n" for i in range(1000)))
    assert view.table.rows[-1] == ["r4", "4"]
    assert (view.table.rows_total, view.truncated) == (None, True)


def test_a_spreadsheets_semicolons_are_read(preview):
    assert preview("a.csv", "a;b\n1,5;2\n").table.rows == [["1,5", "2"]]


def test_a_table_as_log_table_writes_it(preview):
    content = {"columns": ["text", "ok"], "data": [["good", True], [None, {"a": 1}]]}
    table = preview("predictions.json", json.dumps(content)).table
    assert table.columns == ["text", "ok"]
    assert table.rows == [["good", "true"], ["", '{"a": 1}']]


def test_json_is_laid_out(preview):
    assert preview("a.json", '{"b":[1,2]}').text == '{\n  "b": [\n    1,\n    2\n  ]\n}'
