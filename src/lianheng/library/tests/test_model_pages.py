"""The reference page of every model is made from its files (`lianheng models show --out docs/reference/models`)."""

from pathlib import Path

import pytest

from lianheng.engine.redflags.card import model_card
from lianheng.library.models import MODELS, load_library

PAGES = Path(__file__).resolve().parents[4] / "docs/reference/models"
IDS = sorted(path.parent.name for path in MODELS.glob("*/model.yaml"))


@pytest.mark.parametrize("model_id", IDS)
def test_the_page_is_as_the_files_are(model_id: str) -> None:
    library = load_library(check=False)
    page = PAGES / f"{model_id}.md"
    assert page.exists() and page.read_text(encoding="utf-8") == model_card(
        library.models[model_id], library.cases[model_id]
    )


def test_no_page_without_a_model() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == IDS
