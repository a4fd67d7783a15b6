"""docs/glossary.md names every model, with its Chinese term and where the term comes from."""

import re

import pytest
from django.apps import apps
from repository import ROOT

ROW = re.compile(r"^\| (?P<term>[^|]+) \| `(?P<identifier>[^`|]+)` \| (?P<meaning>[^|]+) \| (?P<source>[^|]+) \|$")


def _rows() -> dict[str, dict[str, str]]:
    lines = (ROOT / "docs/glossary.md").read_text().splitlines()
    found = [match.groupdict() for line in lines if (match := ROW.match(line))]
    return {row["identifier"]: {key: value.strip() for key, value in row.items()} for row in found}


def _models() -> list[str]:
    own = (config for config in apps.get_app_configs() if config.name.startswith("lianheng.web."))
    return [f"{config.label}.{model.__name__}" for config in own for model in config.get_models()]


@pytest.mark.parametrize("name", _models())
def test_every_model_has_a_row(name: str) -> None:
    row = _rows().get(name)
    assert row, f"add a row for `{name}` to docs/glossary.md"
    assert row["meaning"] and (row["source"] == "own term" or row["source"].startswith(("seed", "public", "standard")))
    docstring = apps.get_model(name).__doc__ or ""
    assert docstring.startswith(f"{row['term']}: "), (
        f"the docstring of {name} opens with another term than {row['term']}"
    )


def test_no_row_names_a_model_that_is_gone() -> None:
    named = {name for name in _rows() if "." in name}
    assert named <= set(_models())
