"""What every model finds of what was planted, and what it leaves alone."""

import pytest

from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.synth.make import generators, make_world
from lianheng.engine.redflags.synth.score import compare, run_on_world
from lianheng.engine.redflags.synth.world import World
from lianheng.engine.redflags.synth.write import last_day

# Recall and precision promised; where planted cases look true and only a person's check can tell, precision is lower.
PROMISED = {"M05": (1.0, 1.0)}


@pytest.mark.parametrize("model_id", sorted(generators()))
def test_it_finds_what_is_planted_and_nothing_else(model_id: str, shipped_library: Library) -> None:
    world = make_world([model_id], World(7, background=0.1))
    model = shipped_library.models[model_id]
    truth = [one for one in world.truth if one.model == model_id]
    score = compare(truth, run_on_world(world, shipped_library, model, last_day(world)))
    assert score.planted > 0 and not score.wrong and score.unplanned == 0
    assert (score.recall, round(score.precision, 2)) == PROMISED.get(model_id, (1.0, 1.0))
