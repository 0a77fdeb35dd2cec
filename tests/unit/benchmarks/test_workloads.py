"""Every workload runs and answers what its table and its figures ask for. How fast is no matter here."""

import math
import os
import sys

import pytest

from benchmarks import session, workloads
from benchmarks.child import Child, Request
from benchmarks.peers import NAMES, OWN, load
from tests import servers

DECLARED = {name: workloads.load(name) for name in workloads.NAMES}
OURS = [(name, variant) for name, workload in DECLARED.items() for variant in workload.variants]
# One variant each: that the raw peers speak the workloads' language is enough.
RAW = [(name, DECLARED[name].variants[0], peer) for peer in sorted(OWN - {"ours"}) for name in DECLARED
       if name in load(peer).workloads and DECLARED[name].variants[0] not in DECLARED[name].only_ours]  # fmt: skip


def measured(name, variant, peer, folder):
    options = DECLARED[name].tiny
    return Child(Request(name, variant, peer, str(folder), options, python=sys.executable)).result()


@pytest.mark.parametrize(("name", "variant"), OURS)
def test_ours_answers_every_figure(name, variant, tmp_path):
    answer = measured(name, variant, "ours", tmp_path)
    asked = {figure.field for figure in DECLARED[name].figures if figure.variant == variant}
    assert asked <= {field for field, value in answer.items() if value is not None}
    assert any(field in answer for field in DECLARED[name].columns)
    assert all(answer.pop("notes", {"-": "-"}).values())
    assert all(value is None or math.isfinite(value) for value in answer.values())
    assert answer.get("lost", 0) == answer.get("errors", 0) == answer.get("doubled", 0) == 0


@pytest.mark.parametrize(("name", "variant", "peer"), RAW)
def test_the_raw_peers_answer_the_same_fields(name, variant, peer, tmp_path):
    if peer == "ours_postgresql" and servers.missing("postgresql"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(servers.missing("postgresql"))
    answer = measured(name, variant, peer, tmp_path)
    assert "Index" in answer["notes"]["top"] if peer == "ours_postgresql" else "notes" not in answer
    if answer:  # the raw ones have nothing to import
        assert DECLARED[name].main in answer or name == "startup"
    assert answer.get("lost", 0) == answer.get("doubled", 0) == 0


def test_every_figure_is_of_a_variant_that_there_is():
    for workload in DECLARED.values():
        assert {figure.variant for figure in workload.figures} <= set(workload.variants)
        assert workload.main in workload.columns
        assert workload.full.keys() == workload.quick.keys() == workload.tiny.keys()


def test_every_peer_declares_what_it_can_be_measured_in():
    for name in NAMES:
        assert load(name).workloads <= set(workloads.NAMES)
        assert load(name).durability in {"A", "B", "C"}


def test_a_peer_that_fails_does_not_end_the_session(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "OWN", frozenset({"ours"}))  # the raw peer is then run by a python that is none
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    broken.chmod(0o755)
    current = session.Session(["ours", "raw_file"], size="tiny", rounds=2, peer_python=str(broken), folder=tmp_path)
    current.run(DECLARED["sweep"])
    assert len(current.answers["sweep", "alone", "ours"]) == 2
    assert "no such module" in current.failures["sweep", "alone", "raw_file"]
