"""Models that are slow, greedy, wrong, about people, or share a table: each is told, the others still run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from lianheng.engine.redflags.tests.office import Said, Type
from lianheng.engine.redflags.tests.twenty_villages import code

pytestmark = pytest.mark.slow

DAY = "2024-01-10"


@pytest.fixture
def loaded(load_villages: Callable[[str], Type]) -> Type:
    return load_villages(DAY)


def own_model(loaded: Type, office: Path, name: str, old: str = "", new: str = "", file: str = "query.sql") -> Path:
    """A model of the office, made by `models new` and changed in one place."""
    assert loaded("models new", name, "--register", "subsidy").code == 0
    path = office / "models" / name / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return office / "models" / name


def outcomes(said: Said) -> dict[str, tuple[str, str]]:
    return {row["model"]: (row["outcome"], row["message"]) for row in said.json["models"]}


def test_a_new_model_passes_its_own_cases_and_runs(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-rows")
    assert loaded("models test own-rows").out.endswith("3 of 3 cases of 1 models\n")
    assert loaded("models test own-rows --json").code == 0
    assert outcomes(loaded("models run own-rows M05 --json", "--today", DAY))["own-rows"] == ("ran", "")
    again = loaded("models new own-rows --register subsidy")
    assert again.code == 2 and "is there already" in again.err
    assert "there is no register 'nothing'" in loaded("models new x1 --register nothing").err


FAULTS = [
    ("query.sql", "count(*) AS rows_found", "count(*) AS rows_fuond", 'Referenced column "rows_found" not found'),
    ("query.sql", "count(*) AS", "(SELECT count(*) FROM read_csv('/etc/passwd')) AS", "only declared tables"),
    ("model.yaml", "level: low", "level: low\ncolour: red", "model.yaml: colour: unknown key"),
    ("model.yaml", "level: low", "level: [low", "model.yaml: file: "),
    ("tests.yaml", "shows: flag", "shows: all", "tests.yaml: cases[1].shows"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS)
def test_a_wrong_model_fails_and_the_others_are_listed_run_and_tested(
    loaded: Type, office: Path, file: str, old: str, new: str, told: str
) -> None:
    own_model(loaded, office, "own-good")
    own_model(loaded, office, "own-wrong", old, new, file)
    said = loaded("models run --json", "--today", DAY)
    got = outcomes(said)
    assert said.code == 1 and got["own-wrong"][0] == "failed" and told in got["own-wrong"][1]
    assert got["M05"] == got["own-good"] == ("ran", "")
    for words in ("models list", "models coverage", "models test", "models show own-wrong"):
        answer = loaded(words)
        assert answer.code == 1 and f"FAILED own-wrong  own-wrong/{file}" in answer.err and told in answer.err
    tested = loaded("models test own-good")
    assert tested.code == 0 and tested.out.endswith("3 of 3 cases of 1 models\n")
    assert loaded("models run M05", "--today", DAY).code == 0
    quiet = f"models suppress M05 village={code(3)} --reason x --approver y --until 2025-01-01"
    assert loaded(quiet, "--today", DAY).code == 0
    assert loaded("models backtest M05 --set g0=0.3", "--today", DAY).code == 0
    assert loaded("models backtest own-wrong --set most=2", "--today", DAY).code == 2


def test_a_faulty_model_of_a_shipped_id_is_not_replaced_by_the_shipped_one(loaded: Type, office: Path) -> None:
    (office / "models/M05").mkdir(parents=True)
    said = loaded("models run --json", "--today", DAY)
    assert said.code == 1 and outcomes(said)["M05"][0] == "failed" and "M05: folder: has no" in outcomes(said)["M05"][1]


def test_a_faulty_register_fails_the_models_that_read_it(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-good")
    (office / "registers").mkdir()
    (office / "registers/foo.yaml").write_text("id: foo\ntitle: [\n", encoding="utf-8")
    said = loaded("models run own-good M05 --json", "--today", DAY)
    assert said.code == 0 and set(outcomes(said).values()) == {("ran", "")}
    listed = loaded("models list")
    assert listed.code == 1 and "M05" in listed.out and "foo.yaml: file" in listed.err
    (office / "registers/foo.yaml").rename(office / "registers/insurance.yaml")
    got = outcomes(loaded("models run --json", "--today", DAY))
    assert got["M05"][0] == "failed" and "insurance.yaml" in got["M05"][1] and got["own-good"] == ("ran", "")


def test_a_suppression_that_cannot_be_read_never_runs_as_if_nothing_were_suppressed(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-good")
    path = office / "suppressions.yaml"
    entry = {"model": "M05", "unit": {"village": code(3)}, "reason": "x", "from": DAY, "expires": "2025-01-01"}
    path.write_text(f"suppressions:\n  - {json.dumps(entry)}\n", encoding="utf-8")
    said = loaded("models run --json", "--today", DAY)
    got = outcomes(said)
    assert said.code == 1 and got["own-good"] == ("ran", "")
    assert got["M05"] == ("failed", "suppressions.yaml: suppressions[1].approver: is missing")
    assert "M05" in (Path(said.json["folder"]) / "report.html").read_text(encoding="utf-8")
    path.write_text(f"suppressions:\n  - {json.dumps({**entry, 'approver': 'y', 'unit': {'no': 1}})}\n")
    assert "'no' is no key of M05" in outcomes(loaded("models run --json", "--today", DAY))["M05"][1]
    path.write_text("suppressions: [\n", encoding="utf-8")
    whole = loaded("models run", "--today", DAY)  # nobody can say whose suppressions these are
    assert whole.code == 2 and "suppressions.yaml: file" in whole.err


SLOW = (
    "(SELECT count(*) FROM subsidy AS a, subsidy AS b, subsidy AS c, subsidy AS d "
    "WHERE a.year + b.year <= c.year + d.year)"
)


def test_a_model_beyond_its_time_is_stopped_and_the_others_still_run(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-slow", "count(*) AS rows_found", f"count(*) + {SLOW} AS rows_found")
    said = loaded("models run own-slow M05 --json --seconds 1", "--today", DAY)
    assert said.code == 1
    got = outcomes(said)
    assert got["own-slow"] == ("failed", "stopped after its time limit of 1 s: narrow the query or raise --seconds")
    assert got["M05"] == ("ran", "")
    assert [row["flags"] for row in said.json["models"] if row["model"] == "M05"] == [10]


GREEDY = (
    "(SELECT length(string_agg(a.household_id || b.household_id, ',' "
    "ORDER BY a.household_id, b.household_id, a.year, b.year)) FROM subsidy AS a, subsidy AS b)"
)


def test_a_model_that_eats_memory_is_stopped_and_the_others_still_run(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-greedy", "count(*) AS rows_found", f"count(*) + {GREEDY} AS rows_found")
    said = loaded("models run own-greedy M05 --json --memory 32MB --threads 1", "--today", DAY)
    got = outcomes(said)
    assert got["own-greedy"] == ("failed", "needs more memory than its limit: use the cheaper forms, or raise --memory")
    assert got["M05"] == ("ran", "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("'blue' END", "'pink' END", "break the contract: colour of a flag is none of red, yellow, blue"),
        ("least(100, 20 + rows_found)", "200 + rows_found", "break the contract: score of a flag is not from 0 to 100"),
        ("reason, FALSE AS", "'odd' AS reason, FALSE AS", "break the contract: reason is not declared"),
        ("WHERE reason IS NOT NULL", "WHERE reason IS NOT NULL UNION ALL SELECT household_id, '2023', 'flag', 'blue', "
         "1, 'too_many', FALSE, 1 FROM subsidy", "units are returned twice for one period: group the query"),
        ("CAST(year AS VARCHAR) AS period", "'一月' AS period", "the contract: period does not begin with a year"),
    ],
)  # fmt: skip
def test_rows_that_break_the_contract_fail_the_model(loaded: Type, office: Path, old: str, new: str, said: str) -> None:
    own_model(loaded, office, "own-odd", old, new)
    path = office / "models/own-odd/model.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("default: 3", "default: 0"), encoding="utf-8")
    outcome, message = outcomes(loaded("models run own-odd --json", "--today", DAY))["own-odd"]
    assert outcome == "failed" and said in message


def test_people_models_run_only_when_asked_for_and_apart(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-people", "people: false", "people: true", "model.yaml")
    path = office / "models/own-people/model.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("default: 3", "default: 0"), encoding="utf-8")
    common = loaded("models run --json", "--today", DAY)
    assert "own-people" not in outcomes(common)
    refused = loaded("models run own-people", "--today", DAY)
    assert refused.code == 2 and "own-people looks at people: run it with --people" in refused.err
    people = loaded("models run own-people --people --json", "--today", DAY)
    folder = Path(people.json["folder"])
    assert list(outcomes(people)) == ["own-people"] and folder.parent == office / "people-runs"
    assert folder.parent.stat().st_mode & 0o077 == 0
    for path in (office / "runs").rglob("*"):
        assert not path.is_file() or b"own-people" not in path.read_bytes()


def test_a_model_that_is_not_about_people_is_refused_in_a_people_run(loaded: Type, office: Path) -> None:
    refused = loaded("models run M05 --people", "--today", DAY)
    assert refused.code == 2 and "M05 does not look at people: run it without --people" in refused.err
    assert not (office / "people-runs").exists()


def test_a_query_that_fails_on_its_data_fails_its_case(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-cast", "count(*) AS rows_found", "sum(CAST(household_id AS INTEGER)) AS rows_found")
    said = loaded("models test own-cast")
    assert said.code == 1 and "the query stopped: Conversion Error" in said.out and "1 of 3 cases" in said.out


def test_ctrl_c_stops_in_one_line_and_leaves_nothing(
    loaded: Type, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lianheng.engine.redflags.run.run_in_duckdb", interrupted)
    said = loaded("models run", "--today", DAY)
    assert (said.code, said.err) == (130, "lianheng: stopped\n")
    assert not list((office / "runs").iterdir())


def test_a_shipped_model_is_replaced_only_when_that_is_said(loaded: Type, office: Path) -> None:
    refused = loaded("models new M05 --register subsidy")
    assert refused.code == 2 and "M05 is a shipped model" in refused.err and not (office / "models").exists()
    assert loaded("models new M05 --register subsidy --replace").code == 0
    assert "每" in loaded("models list").out


def test_verdicts_and_backtests_of_people_models_stay_apart(loaded: Type, office: Path) -> None:
    own_model(loaded, office, "own-people", "people: false", "people: true", "model.yaml")
    path = office / "models/own-people/model.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("default: 3", "default: 0"), encoding="utf-8")
    folder = loaded("models run --people --json", "--today", DAY).json["folder"]
    found = duckdb.sql(f"SELECT candidate FROM read_parquet('{folder}/candidates.parquet') WHERE result = 'flag'")
    candidate = found.fetchall()[0][0]
    seen = office / "people-runs/.state/seen.parquet"
    assert (
        seen.exists()
        and seen.parent.stat().st_mode & 0o077 == 0
        and not (office / "state/people-seen.parquet").exists()
    )
    words = f"models verdict {candidate} no_violation --by 甲 --note 亲属"
    refused = loaded(words, "--today", DAY)
    assert refused.code == 2 and "those of people models only with --people" in refused.err
    judged = loaded(words, "--people", "--today", DAY)
    assert judged.code == 0 and "1 verdicts recorded, 0 known already\n" in judged.out
    kept = office / "people-runs/verdicts.jsonl"
    assert "亲属" in kept.read_text(encoding="utf-8") and kept.stat().st_mode & 0o077 == 0
    assert not (office / "verdicts.jsonl").exists() and loaded("models verdict").out == ""
    assert "own-people 2024Q1  1 checked" in loaded("models verdict --people").out
    states = loaded("models run --people --json", "--today", "2024-01-11").json["states"]["own-people"]
    assert states["rejected"] == 1
    refused = loaded("models backtest own-people --set most=1", "--today", DAY)
    assert refused.code == 2 and refused.out == "" and "with --people" in refused.err
    assert loaded("models backtest own-people --people --set most=1", "--today", DAY).code == 0
    assert "without --people" in loaded("models backtest M05 --people --set g0=0.3", "--today", DAY).err


def test_models_share_a_table_that_is_made_once(loaded: Type, office: Path) -> None:
    counted = "SELECT household_id, year, count(*) AS rows_found FROM subsidy GROUP BY household_id, year"
    (office / "models").mkdir()
    (office / "models/prepare.sql").write_text(f"CREATE TABLE by_household AS {counted};\n", encoding="utf-8")
    for name in ("own-a", "own-b"):
        folder = own_model(loaded, office, name)
        query = folder / "query.sql"
        text = query.read_text(encoding="utf-8")
        body = text[text.index("counted AS (") : text.index("),\njudged")]
        new = "counted AS (\n  SELECT household_id, year, rows_found FROM by_household\n"
        query.write_text(text.replace(body, new), encoding="utf-8")
        model = folder / "model.yaml"
        text = model.read_text(encoding="utf-8").replace("parameters:", "prepared: [by_household]\nparameters:")
        model.write_text(text, encoding="utf-8")
    tested = loaded("models test own-a own-b")
    assert "by_household" not in tested.err
    assert tested.code == 1 and "cannot_tell" in tested.out  # the blank household is no longer turned into ''
    got = outcomes(loaded("models run own-a own-b --json", "--today", DAY))
    assert got == {"own-a": ("ran", ""), "own-b": ("ran", "")}


def test_coverage_says_what_is_missing(loaded: Type) -> None:
    rows = {row["model"]: row for row in loaded("models coverage --json", "--today", DAY).json}
    assert rows["M05"]["runs"] and rows["M05"]["optional_missing"] == ["insurance"]
    assert all(row["why_not"].startswith("缺少必需的台账") for row in rows.values() if not row["runs"])


def test_an_empty_office_is_told_so(lianheng: Type) -> None:
    said = lianheng("models run --json", "--today", DAY)
    assert said.code == 1 and {outcome for outcome, _ in outcomes(said).values()} == {"not_run"}
    assert {alert["kind"] for alert in said.json["alerts"]} == {"missing"}
    alone = lianheng("models run M05", "--today", DAY)
    assert alone.code == 1 and "no model could run in" in alone.err
    assert lianheng("models coverage").code == 1
    assert "is no folder" in lianheng("models run --office /nowhere/at/all").err


def test_a_setting_by_region_counts_there_only(loaded: Type, office: Path) -> None:
    settings = {"model": "M05", "parameter": "g0", "value": 0.6, "region": code(1)[:11], "reason": "x", "set_by": "y",
                "set_on": DAY}  # fmt: skip
    (office / "settings.yaml").write_text(f"parameters:\n  - {json.dumps(settings)}\n", encoding="utf-8")
    folder = loaded("models run M05 --json", "--today", DAY).json["folder"]
    units = duckdb.sql(f"SELECT unit FROM read_parquet('{folder}/candidates.parquet')").fetchall()
    # Villages 1 to 9 share their first eleven digits.
    assert sorted(json.loads(row[0])["village"] for row in units) == [code(10)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": 9}, "9.0000 is out of bounds: g0 goes from 0.05 to 2.0"),
        ({"value": "viel"}, "'viel' is not a decimal(5,4)"),
        ({"parameter": "g1"}, "'g1' is no parameter of M05; there are g0"),
        ({"parameter": "k0", "value": 2, "region": "43"}, "k0 does not vary by region"),
        ({"reason": None}, "reason: is empty"),
        ({"colour": "red"}, "colour: unknown key"),
    ],
)
def test_a_setting_that_cannot_be_fails_its_model_alone(
    loaded: Type, office: Path, change: dict[str, object], said: str
) -> None:
    entry = {"model": "M05", "parameter": "g0", "value": 0.3, "reason": "x", "set_by": "y", "set_on": DAY} | change
    (office / "settings.yaml").write_text(f"parameters:\n  - {json.dumps(entry)}\n", encoding="utf-8")
    own_model(loaded, office, "own-good")
    answer = loaded("models run --json", "--today", DAY)
    outcome, message = outcomes(answer)["M05"]
    assert (answer.code, outcome) == (1, "failed") and "settings.yaml: parameters[1]" in message and said in message
    assert outcomes(answer)["own-good"] == ("ran", "")


def test_ctrl_c_stops_a_query_in_the_middle(loaded: Type, office: Path) -> None:
    endless = "(SELECT sum(a.year * b.year % 7 + c.year) FROM subsidy a, subsidy b, subsidy c, subsidy d) * 0"
    own_model(loaded, office, "own-endless", "count(*) AS rows_found", f"count(*) + {endless} AS rows_found")
    words = [sys.executable, "-m", "lianheng.cli.main", "models", "run", "own-endless", "--today", DAY]
    with subprocess.Popen(
        words, env={**os.environ, "LIANHENG_OFFICE": str(office)}, stderr=subprocess.PIPE, text=True,
        # A shell's background job, as in CI, would leave it deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:  # fmt: skip
        while not list((office / "runs").glob(".run-*.part")):
            time.sleep(0.05)
        time.sleep(2)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=60)[1]
    assert (run.returncode, said) == (130, "lianheng: stopped\n")
    assert not list((office / "runs").iterdir())


def test_a_backtest_tells_whose_facts_change_and_who_would_be_asked_again(loaded: Type, office: Path) -> None:
    """Two villages are ruled out and one is confirmed; the changed parameter gives all of them other numbers."""
    own_model(loaded, office, "own-facts", "explainable, rows_found", "explainable, rows_found + $most AS rows_found")
    path = office / "models/own-facts/query.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("> $most", "> $most - 9"), encoding="utf-8")
    folder = loaded("models run own-facts --json", "--today", DAY).json["folder"]
    found = duckdb.sql(
        f"SELECT candidate FROM '{folder}/candidates.parquet' WHERE result = 'flag' ORDER BY ALL"
    ).fetchall()
    for (candidate,), kind in zip(found, ("no_violation", "other", "as_indicated"), strict=False):
        loaded(f"models verdict {candidate} {kind} --by 甲", "--today", DAY)
    words = "models backtest own-facts --set most=4"
    told = loaded(words, "--json", "--today", DAY).json
    assert (told["kept"], len(told["changed"]), told["reopened"], told["lost"]) == (len(found), len(found), 2, [])
    assert told["changed"][0]["candidate"] in {row[0] for row in found}
    said = loaded(words, "--today", DAY).out
    assert f"保留{len(found)}（其中{len(found)}条的理由或数字不同）" in said and "会再次提出2" in said
