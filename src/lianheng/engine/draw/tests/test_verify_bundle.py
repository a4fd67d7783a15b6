"""Two programs that share no code check bundles alike: 1,000 random plans, and every change refused."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.draw import BundleRefused, Pair, Plan, Skip, extend_draw, run_draw, verify_bundle
from lianheng.engine.draw import verify_standalone as standalone

from .random_plans import random_draw

SCRIPT = Path(standalone.__file__)
FIRMS = [f"F{n:02d}" for n in range(1, 51)]


def both_refuse(content: Any) -> None:
    with pytest.raises(BundleRefused):
        verify_bundle(json.dumps(content))
    with pytest.raises(Exception):  # noqa: B017  (its only promise is that it does not return)
        standalone.check(json.loads(json.dumps(content)))


@pytest.mark.torture
def test_a_thousand_random_plans_are_equal_in_both() -> None:
    check_random_plans(range(1000))


def test_two_hundred_random_plans_are_equal_in_both() -> None:
    """The short form of the thousand."""
    check_random_plans(range(200))


def check_random_plans(numbers: Iterable[int]) -> None:
    for number in numbers:
        bundle = random_draw(number)
        text = bundle.to_text()
        assert verify_bundle(text).to_text() == text
        assert standalone.check(json.loads(text)) == len(bundle.result)


def test_both_refuse_another_format() -> None:
    content = json.loads(run_draw(Plan.of(FIRMS, 5), seed="s").to_text())
    assert standalone.check(content) == 5
    both_refuse({**content, "format": "lianheng-draw/2"})
    plan = {**content["plan"], "format": "lianheng-draw-plan/2"}
    hashed = hashlib.sha256(json.dumps(plan, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    both_refuse({**content, "plan": plan, "plan_hash": hashed})


def test_both_refuse_what_was_changed() -> None:
    """In 100 random bundles one value, anywhere, is changed."""
    for number in range(100):
        chance = random.Random(number)
        content = json.loads(random_draw(number).to_text())
        place, name, value = chance.choice(list(leaves(content)))
        if name == "title" or any(place in stage["absent"] for stage in content["stages"]):
            continue  # who was absent, and why, is told to the draw; the hash of the plan covers the title
        place[name] = value + 1 if isinstance(value, int) else value + "1"
        both_refuse(content)


def leaves(node: Any) -> Any:
    for name, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            yield from leaves(value)
        elif name != "format":
            yield node, name, value


def test_both_refuse_a_draw_that_somebody_would_have_liked_better() -> None:
    plan = Plan.of(FIRMS, 5, staff=["P1", "P2", "P3"], per_object=2, pairs=[Pair("P1", "F01", "cousin")])
    good = json.loads(run_draw(plan, seed="s").to_text())
    verify_bundle(json.dumps(good))
    other = json.loads(run_draw(plan, seed="t").to_text())
    both_refuse({**good, "seed": "t"})
    both_refuse({**good, "result": other["result"]})
    both_refuse({**good, "result": good["result"][:4]})
    both_refuse({**good, "log": good["log"] + good["log"][-1:]})
    both_refuse({**good, "plan": other["plan"] | {"per_object": 1}})
    both_refuse({**good, "codes": {"P": "00"}})
    both_refuse({**good, "stages": []})
    both_refuse({**good, "stages": [{"sizes": {"": 4}, "absent": []}]})
    both_refuse({name: value for name, value in good.items() if name != "log"})


def test_both_refuse_an_extension_that_drops_one() -> None:
    first = run_draw(Plan.of(FIRMS, 5), seed="s")
    good = json.loads(extend_draw(first, {"": 7}, [Skip(first.drawn[0], "moved")]).to_text())
    assert standalone.check(good) == 7
    both_refuse({**good, "stages": good["stages"][::-1]})
    both_refuse({**good, "stages": good["stages"][1:]})


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 60),
    st.integers(0, 10**6),
    st.sampled_from([None, True, -1, 10**15, 1.5, "", "\ud800", "x" * 300, [], {}, [[1]], {"a": None}]),
)
def test_any_other_value_anywhere_is_refused_by_name_and_soon(number: int, place: int, value: Any) -> None:
    """Never another exception than BundleRefused, and never a draw without end."""
    content = json.loads(random_draw(number).to_text())
    spots = list(nodes(content))
    node, name = spots[place % len(spots)]
    before = node[name]
    node[name] = value
    try:
        verify_bundle(json.dumps(content))
    except BundleRefused:
        return
    # What goes through says the same: a title, a reason that is no more than told.
    assert value == before or type(before) is type(value)


def nodes(content: Any) -> Any:
    for name, value in content.items() if isinstance(content, dict) else enumerate(content):
        yield content, name
        if isinstance(value, dict | list):
            yield from nodes(value)


def test_a_file_that_is_no_bundle_is_refused() -> None:
    for text in ("", "{", "[]", "null", '{"format": "lianheng-draw/1"}', "[" * 100_000):
        with pytest.raises(BundleRefused):
            verify_bundle(text)


def test_the_verifier_is_one_short_file_of_the_standard_library() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 120
    tree = ast.parse(source)
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_the_verifier_runs_alone(tmp_path: Path) -> None:
    bundle = run_draw(Plan.of(FIRMS, 5), seed="s")
    path = tmp_path / "bundle.json"
    path.write_text(bundle.to_text())

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert run(path).stdout == f"OK: 5 drawn, plan {bundle.plan.hash()}\n"
    assert run(path, bundle.plan.hash()).returncode == 0
    refused = run(path, "0" * 64)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "REFUSED: the plan is not the one published\n"
    path.write_text(bundle.to_text().replace('"seed": "s"', '"seed": "t"'))
    assert run(path).returncode == 1
    assert [run().returncode, run(tmp_path / "absent").returncode, run(SCRIPT).returncode] == [2, 2, 2]
