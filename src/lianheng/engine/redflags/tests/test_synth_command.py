"""Synthetic registers through the command line: written, loaded, run, scored."""

import csv
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from lianheng.engine.redflags.tests.office import Type
from lianheng.library.catalogue import load
from lianheng.library.models import MODELS

pytestmark = pytest.mark.slow

DAY = "2024-12-31"
STANDARDS = MODELS.parent / "standards"


@pytest.fixture(autouse=True)
def more_models(office: Path, tmp_path: Path) -> None:
    """The fixture `office` ships M05 alone."""
    for model in ("M01", "M07", "M10"):
        shutil.copytree(MODELS / model, tmp_path / "shipped" / model)


def load_all(lianheng: Type, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.name != "truth.csv":
            said = lianheng("registers load", path.stem, path, "--today", DAY)
            assert said.code == 0 and " 0 refused" in said.out, said


@pytest.mark.parametrize("form", ["xlsx", "csv", "parquet"])
def test_what_is_written_loads_and_is_found(lianheng: Type, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "synth"
    made = lianheng("registers synth --models M01,M07 --background 0.02 --json --format", form, folder)
    assert made.code == 0 and made.json["today"] == DAY
    load_all(lianheng, folder)
    assert lianheng("models run M01 M07 --today", DAY).code == 0
    scored = lianheng("registers synth --score --json", folder)
    assert scored.code == 0
    figures = {row["model"]: (row["planted"], row["found"], row["candidates"], row["unplanned"]) for row in scored.json}
    assert figures == {"M01": (35, 35, 50, 0), "M07": (20, 20, 20, 0)}


def test_a_run_that_misses_something_is_told_and_ends_with_1(lianheng: Type, tmp_path: Path) -> None:
    folder = tmp_path / "synth"
    lianheng("registers synth --models M07 --background 0.02 --format csv", folder)
    (folder / "proxy.csv").write_text(
        (folder / "proxy.csv").read_text(encoding="utf-8").replace(",是,", ",否,"), encoding="utf-8"
    )
    load_all(lianheng, folder)
    lianheng("models run M07 --today", DAY)
    said = lianheng("registers synth --score", folder)
    assert said.code == 1
    assert "M07  recall 100.0% (20 of 20)  precision 66.7% (20 of 30 candidates, 0 unplanned)" in said.out
    assert "approved agent (quiet): 10, 10 otherwise than planted" in said.out


def test_the_seed_decides_and_no_id_can_be_valid(lianheng: Type, tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        lianheng("registers synth --models M01 --background 0.02 --format csv --seed", seed, tmp_path / name)
    texts = [(tmp_path / name / "payment.csv").read_text(encoding="utf-8") for name in ("one", "same", "other")]
    assert texts[0] == texts[1] != texts[2]
    with (tmp_path / "one" / "payment.csv").open(encoding="utf-8") as file:
        ids = {row["身份证号"] for row in csv.DictReader(file)}
    assert ids and all(re.fullmatch(r"000000\d{11}[\dX]", one) for one in ids)
    weights = [2**place % 11 for place in range(17, 0, -1)]
    for one in ids:
        right = sum(int(digit) * weight for digit, weight in zip(one, weights, strict=False)) % 11
        assert one[-1] != "10X98765432"[right]


def test_what_cannot_be_made_is_refused(lianheng: Type, tmp_path: Path) -> None:
    folder = tmp_path / "synth"
    assert "no generator for M99; there are M01" in lianheng("registers synth --models M99", folder).err
    assert "at least 12 villages" in lianheng("registers synth --models M05 --villages 3", folder).err
    assert "1 to 20 years" in lianheng("registers synth --years 0", folder).err
    assert not folder.exists()
    assert "truth.csv: there is no such file" in lianheng("registers synth --score", folder).err


@pytest.mark.seed("S24")
def test_three_kilometres_without_a_slip_are_one_candidate_and_with_a_slip_none(lianheng: Type, tmp_path: Path) -> None:
    points = "".join(
        f"{plate},2024-06-03 09:0{2 * step}:00,{26.9 + 0.009 * step:.6f},112.6\n"
        for plate in ("SYN-1", "SYN-2")
        for step in range(4)
    )
    sources = {
        "official_vehicle": "车牌号,单位,燃料种类,指定停放地点\nSYN-1,市某局,汽油,院内\nSYN-2,市某局,汽油,院内\n",
        "track": f"车牌号,定位时间,纬度,经度\n{points}",
        "dispatch": "派车单号,车牌号,出车时间,收车时间,事由,批准人\n"
        "D1,SYN-2,2024-06-03 08:30:00,2024-06-03 11:00:00,下乡督查,王某\n",
    }
    for register, text in sources.items():
        (tmp_path / f"{register}.csv").write_text(text, encoding="utf-8")
        assert lianheng("registers load", register, tmp_path / f"{register}.csv", "--today", "2024-06-04").code == 0
    run = lianheng("models run M10 --json --today 2024-06-04")
    assert (run.code, run.json["states"]["M10"]) == (0, {"new": 1})
    import duckdb

    found = duckdb.sql(
        f"SELECT unit, explanation FROM read_parquet('{run.json['folder']}/candidates.parquet')"
    ).fetchall()
    assert [json.loads(unit) for unit, _ in found] == [{"plate": "SYN-1", "rule": "d", "started": "2024-06-03 09:00"}]
    assert found[0][1] == "市某局SYN-1自2024-06-03 09:00至2024-06-03 09:06行驶3003米，没有派车单。"


@pytest.mark.seed("S24")
def test_the_rules_of_vehicles_lead_to_shipped_models() -> None:
    page = Path(__file__).resolve().parents[5] / "docs/reference/synthetic-registers.md"
    text = page.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| (CAR\d) \| ([^|]+) \|", text, re.MULTILINE))
    for rule in load(STANDARDS / "hengyang").sheet("J").extras["official_vehicle_rules"]:
        models = set(re.findall(r"M\d\d", listed.pop(rule["code"])))
        if rule.get("model"):
            assert rule["model"] in models and all((MODELS / model / "query.sql").exists() for model in models)
        else:
            assert models == set()
    assert listed == {}


def test_people_models_are_run_and_scored_as_the_command_prints(lianheng: Type, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "M26-P", tmp_path / "shipped" / "M26-P")
    folder = tmp_path / "synth"
    printed = lianheng("registers synth --models M26-P --background 0.02 --format csv", folder).out.splitlines()
    for line in printed:
        words = line.split("#")[0].removeprefix("lianheng ").strip()
        if not words.startswith("registers synth") or "--score" in words:
            assert lianheng(words).code == 0, words
    assert "lianheng models run --people --today 2024-12-31" in printed


def test_parquet_needs_no_more_than_the_extra_redflags(
    lianheng: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = f"registers synth {tmp_path / 'made'} --models M05 --background 0.01 --format parquet"
    assert lianheng(words).code == 0
    said = lianheng(f"registers load subsidy {tmp_path / 'made' / 'subsidy.parquet'} --json --today 2025-01-10")
    assert said.code == 0 and said.json[0]["refused"] == 0 and said.json[0]["rows"] > 100
