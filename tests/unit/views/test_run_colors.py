"""The palette is measured: how far apart its colours are for each kind of eye, and on each ground."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from jupyter_tracker.entities import ViewType
from jupyter_tracker.views.run_colors import _OF_STORE, DARK, LIGHT, run_colors

CSS = Path(__file__).parents[3] / "labextension" / "style" / "index.css"
# Machado, Oliveira and Fernandes 2009, severity 1.
EYES = {
    "all": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(light):
    to_cones = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]]
    to_lab = [[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(to_lab) @ np.cbrt(np.array(to_cones) @ np.clip(light, 0, 1))


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_any_two_colours_differ_for_any_eye(palette, eye):
    seen = [oklab(EYES[eye] @ linear(color)) for color in palette]
    closest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert closest > 0.09  # neighbouring shades of a good sequential palette are 0.05 apart


@pytest.mark.parametrize(("palette", "ground"), [(LIGHT, "#ffffff"), (DARK, "#111111")])
def test_every_colour_stands_out_from_its_ground(palette, ground):
    for color in palette:
        low, high = sorted([luminance(color), luminance(ground)])
        assert (high + 0.05) / (low + 0.05) > 2.7


def test_the_browser_has_the_same_palette():
    found = re.findall(r"--jt-run-(\d): light-dark\((#\w{6}), (#\w{6})\)", CSS.read_text(encoding="utf-8"))
    assert found == [(str(i), light, dark) for i, (light, dark) in enumerate(zip(LIGHT, DARK, strict=True))]


def test_a_run_keeps_its_colour_in_any_company_and_when_another_one_goes(store):
    experiment = store.create_experiment("colours")
    made = [store.create_run(experiment, start_time=1000 + i).info.run_id for i in range(10)]
    runs = [store.get_run(run_id) for run_id in made]
    assert [color for color, _ in run_colors(store, runs)] == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    assert [dash for _, dash in run_colors(store, runs)] == [0] * 8 + [1, 1]
    assert run_colors(store, [runs[9]]) == [(1, 0)]
    store.delete_run(made[0])
    later = store.create_run(experiment, start_time=5000)
    assert run_colors(store, [later]) == [(2, 0)]
    assert len(store.search_runs([experiment], run_view_type=ViewType.ALL)) == 11


def test_runs_that_began_together_have_colours_of_their_own(store):
    experiment = store.create_experiment("candidates")
    store.create_run(experiment, start_time=999)
    runs = [store.create_run(experiment, start_time=1000) for _ in range(7)]
    after = store.create_run(experiment, start_time=1001)
    assert run_colors(store, [after]) == [(0, 0)]
    colors = run_colors(store, runs)
    assert sorted(colors) == [(color, 0) for color in range(1, 8)]
    # Each alone has the colour that it has among the others, also where nothing is remembered.
    _OF_STORE.clear()
    assert [run_colors(store, [run]) for run in reversed(runs)] == [[color] for color in reversed(colors)]
