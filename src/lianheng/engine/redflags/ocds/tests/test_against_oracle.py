"""Every answer equals that of the plain loops in oracle.py."""

from __future__ import annotations

import random

import pytest

from lianheng.engine.redflags.ocds.tests.generated import Drawn, draw_settings
from lianheng.engine.redflags.ocds.tests.oracle import expected

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(24))
def test_it_gives_the_answers_of_the_plain_loops(indicators, seed):
    check(indicators, seed)


@pytest.mark.torture
@pytest.mark.parametrize("block", range(20))
def test_it_gives_the_answers_of_the_plain_loops_on_many_more(indicators, block):
    for seed in range(1000 + block * 100, 1100 + block * 100):
        check(indicators, seed)


def check(indicators, seed):
    chance = random.Random(seed)
    drawn = Drawn(chance, odd=chance.choice((0, 0, 0.02, 0.1)), zero=seed % 7 == 3)
    text, settings = drawn.releases(chance.choice((3, 40, 80))), draw_settings(chance)
    found = indicators(text, settings, threads=1 + seed % 2)
    wanted = expected(text, settings)
    assert found == wanted, (seed, settings)
