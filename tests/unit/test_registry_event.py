"""What an event of the registry's history shows of where it came from."""

import dataclasses

import pytest

from jupyter_tracker.entities.registry_event import RegistryEvent, origin_of


@pytest.mark.parametrize(
    ("name", "cell", "shown"),
    [
        ("churn/notebooks/a.ipynb", "c-17", "churn/notebooks/a.ipynb, cell c-17"),
        ("/home/alice/churn/a.ipynb", None, "a.ipynb"),
        (r"C:\Users\alice\a.ipynb", "c-17", "a.ipynb, cell c-17"),
        ("https://ci/job/1 (train)", None, "https://ci/job/1 (train)"),
        ("", None, ""),
    ],
)
def test_of_a_file_on_somebodys_machine_its_name_alone(name, cell, shown):
    fields = dict.fromkeys((field.name for field in dataclasses.fields(RegistryEvent)), None)
    assert origin_of(RegistryEvent(**{**fields, "source_name": name, "cell": cell})) == shown
