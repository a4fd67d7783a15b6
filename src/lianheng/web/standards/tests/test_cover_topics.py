"""问题导向定标准: each topic of high risk or strong concern has at least one item."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from lianheng.library.tests.editing import copied, edit, item, write


def without_three_assets(data: Any) -> None:
    """Withdraw C2.4 and give its points to its neighbour."""
    category = next(row for row in data["categories"] if row["code"] == "C2")
    gone = item(data, "C2.4")
    category["items"].remove(gone)
    neighbour = item(data, "C2.1")
    neighbour["points"] += gone["points"]
    neighbour["parts"][0]["points"] += gone["points"]


def covered(client: Client, query: str = "") -> str:
    page = client.get(f"/standards/coverage/{query}").content.decode()
    found = re.search(r'<span class="figure">([^<]+)</span>\s*<p>([^<]+)</p>', page)
    assert found, page
    return f"{found[1]} {found[2]}"


@pytest.mark.seed("S96")
def test_five_topics_are_covered_and_without_the_three_assets_item_four(reader: Client, tmp_path: Path) -> None:
    assert covered(reader) == "5 / 5 5 个重点问题都有对应的标准条目。"
    folder = edit(copied(tmp_path), "catalogue.yaml", lambda data: data.update({"version": "2027.1"}))
    gone = edit(folder, "C.yaml", without_three_assets)
    problems = [f"C2.4-{letter}" for letter in "abcdefgh"]
    text = (Path(__file__).parents[3] / "library/standards/hengyang/C.yaml").read_text(encoding="utf-8")
    old = ["C2.4", *(code for code in problems if code in text)]
    rows = [{"old": code, "new": ["C2.1"], "reason": "并入小微权力清单"} for code in old]
    write(folder / "crosswalk.yaml", {"from": "2026.1", "to": "2027.1", "rows": rows})
    call_command("standards_load", str(gone), "--publish")
    assert covered(reader) == "4 / 5 三资没有对应的标准条目。"
    assert covered(reader, "?version=2026.1").startswith("5 / 5")
