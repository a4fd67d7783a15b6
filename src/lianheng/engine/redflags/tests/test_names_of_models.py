"""A name means one thing in a model."""

import pytest
import yaml

from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.read_model import read_model
from lianheng.library.models import MODELS


def test_a_parameter_is_named_like_no_key_or_measure() -> None:
    """A text with {growth} would show one of the two without saying which."""
    document = yaml.safe_load((MODELS / "M05/model.yaml").read_text(encoding="utf-8"))
    document["parameters"]["growth"] = document["parameters"].pop("g0")
    with pytest.raises(DeclarationError, match="parameters: 'growth' is a key or measure already"):
        read_model(document, "M05/model.yaml")
