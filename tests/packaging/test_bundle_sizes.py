"""What a browser must load before the first panel, compressed: the chart library comes later, and once."""

import gzip
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "jupyter_tracker"
LIMIT = 60_000
PAGE_LIMIT = 80_000
# The one file that is fetched only when a chart is to be drawn, between these; the greater is the builder's limit.
LIBRARY_BYTES = 1_000_000
LARGEST_BYTES = 1_500_000


def zipped(files):
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def built(folder):
    files = list((PACKAGE / folder).glob("*.js"))
    if not files:
        pytest.skip(f"{folder} is not built: npm --prefix labextension run build:prod")
    return [file for file in files if file.stat().st_size < LIBRARY_BYTES], files


def test_the_lab_extension_is_small_before_the_chart_library():
    small, files = built("labextension/static")
    # Panels whose code comes when the first of their kind is shown.
    later = [file for file in small if file.name.startswith("lazy-")]
    first = [file for file in small if file not in later]
    print(f"lab extension: {zipped(first) / 1000:.1f} kB gz before the chart library, {zipped(later) / 1000:.1f} later")
    assert zipped(first) <= LIMIT
    assert all(zipped([file]) <= LIMIT for file in later)
    (library,) = (file for file in files if file not in small)
    assert library.stat().st_size <= LARGEST_BYTES


def test_each_widget_module_is_small():
    small, files = built("widgets/static")
    assert [file.name for file in files if file not in small] == ["plotly.js"]
    for file in small:
        print(f"{file.name}: {zipped([file]) / 1000:.1f} kB gz")
        assert zipped([file]) <= LIMIT


def test_the_web_page_is_small_before_what_it_fetches_at_need():
    files = built("server/static")[1]
    # A comparison, Markdown and the charts come when they are first looked at.
    first = [file for file in files if file.name.startswith(("main-", "chunk-"))]
    print(f"web page: {zipped(first) / 1000:.1f} kB gz at first")
    assert zipped(first) <= PAGE_LIMIT
