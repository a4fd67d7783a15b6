"""What every model finds of what was planted, and what it leaves alone."""

import doctest
import importlib

import pytest

from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.synth.make import generators, make_world
from lianheng.engine.redflags.synth.score import compare, run_on_world
from lianheng.engine.redflags.synth.world import World
from lianheng.engine.redflags.synth.write import last_day
from lianheng.library.models import MODELS

pytestmark = pytest.mark.slow

SHIPPED = {path.parent.name for path in MODELS.glob("*/model.yaml")}


@pytest.fixture(scope="module")
def world() -> World:
    """Everything at once, so that what is planted for one model must leave the others alone."""
    return make_world([], World(7, background=0.1))


@pytest.mark.parametrize("model_id", sorted(SHIPPED & set(generators())))
def test_it_finds_what_is_planted_and_nothing_else(world: World, model_id: str, shipped_library: Library) -> None:
    model = shipped_library.models[model_id]
    truth = [one for one in world.truth if one.model == model_id]
    score = compare(truth, run_on_world(world, shipped_library, model, last_day(world)))
    # Only what a person's check alone can tell from a real case may be a candidate beside the real ones.
    assert score.planted > 0 and dict(score.wrong) == {} and score.unplanned == 0
    assert score.recall == 1 and score.hits == score.candidates - checks(score.kinds)


def test_no_two_rows_of_a_register_have_one_key(world: World, shipped_library: Library) -> None:
    for name, rows in world.tables.items():
        key = shipped_library.registers[name].key
        seen = {tuple(row.get(column) for column in key) for row in rows}
        assert len(seen) == len(rows), name


def checks(kinds: dict[str, int]) -> int:
    """The number of planted units that look real and are not."""
    return sum(count for kind, count in kinds.items() if kind.endswith("(check)"))


@pytest.mark.parametrize("name", ["world", "make", "schemes", "score"])
def test_examples(name: str) -> None:
    ran = doctest.testmod(importlib.import_module(f"lianheng.engine.redflags.synth.{name}"))
    assert ran.failed == 0 and ran.attempted > 0
