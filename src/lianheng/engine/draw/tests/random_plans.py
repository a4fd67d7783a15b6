"""Random plans of every design, method and trouble, and the draws made of them."""

from __future__ import annotations

import hashlib
import random

from lianheng.engine.draw import (
    Bundle,
    Candidate,
    Commitment,
    DrawError,
    Pair,
    Plan,
    Skip,
    extend_draw,
    make_commitment,
    reveal_code,
    run_draw,
)
from lianheng.engine.draw.plan import DESIGNS, SIZED, WALKED
from lianheng.engine.draw.tickets import METHODS, VRS


def random_draw(number: int) -> Bundle:
    """A draw that could be made; plans that run out are tried again with less trouble."""
    chance = random.Random(number)
    for trouble in (3, 2, 1, 0, 0, 0, 0, 0):
        try:
            return _draw(chance, trouble)
        except DrawError as error:
            assert "runs out" in str(error) or "are to be drawn" in str(error), error
    raise AssertionError(f"no draw came of number {number}")


def _draw(chance: random.Random, trouble: int) -> Bundle:
    plan, secrets = _plan(chance, trouble)
    staff = [Skip(id, "病假", "staff") for id in chance.sample(list(plan.staff), min(trouble // 3, len(plan.staff)))]
    objects = [Skip(c.id, "already closed") for c in chance.sample(list(plan.candidates), min(trouble, 2))]
    absent = (objects if plan.design in WALKED else []) + staff
    if secrets:
        codes = {c.party: reveal_code(secrets[c.party], 9, plan.round, plan.method) for c in plan.commitments}
        public = {name: chance.choice([chance.randrange(10**6), [7, 3, 12], "12,345.67"]) for name in plan.public}
        bundle = run_draw(plan, codes=codes, public=public, absent=absent[: trouble // 2])
    else:
        bundle = run_draw(plan, seed=str(chance.random()), absent=absent[: trouble // 2])
    if plan.design in WALKED and chance.random() < 0.6:
        more = {stratum: size + chance.randrange(3) for stratum, size in plan.sizes.items()}
        bundle = extend_draw(bundle, more, absent[trouble // 2 :])
    return bundle


def _plan(chance: random.Random, trouble: int) -> tuple[Plan, dict[str, bytes]]:
    design, method = chance.choice(DESIGNS), chance.choice(METHODS)
    if method == VRS and design == "with_replacement":
        method = METHODS[0]
    strata = chance.choice([[""], ["城区", "乡镇"], ["a", "b", "c"]])
    candidates = [
        Candidate(f"{stratum}单位{n}", stratum, _size(chance, design))
        for stratum in strata
        for n in range(chance.randrange(4, 15))
    ]
    chance.shuffle(candidates)
    sizes = {} if design == "poisson" else {stratum: chance.randrange(4) for stratum in strata}
    two_sided = design != "with_replacement" and chance.random() < 0.5
    staff = [f"P{n:02d}" for n in range(chance.randrange(6, 12))] if two_sided else []
    pairs = {(chance.choice(staff), chance.choice(candidates).id) for _ in range(3 * trouble)} if staff else set()
    avoid = {c.id: Skip(c.id, "visited in spring") for c in chance.choices(candidates, k=trouble)}.values()
    secrets = {}
    if method == VRS or chance.random() < 0.5:
        secrets = {
            party: hashlib.sha256(party.encode()).digest() for party in chance.choice([["纪委"], ["a", "b", "c"]])
        }
    plan = Plan(
        candidates=candidates,
        sizes=sizes,
        title="随机抽查",
        method=method,
        design=design,
        order=chance.choice(["frame", "ticket"]),
        avoid=list(avoid),
        staff=staff,
        per_object=2 if staff else 0,
        max_load=chance.choice([0, 0, 4]) if staff else 0,
        pairs=[Pair(a, b, "spouse works there") for a, b in sorted(pairs)],
        commitments=[Commitment(party, make_commitment(secret, 9, method)) for party, secret in secrets.items()],
        public=["lottery", "index"] if secrets else [],
        round=chance.randrange(1, 10),
    )
    return plan, secrets


def _size(chance: random.Random, design: str) -> str:
    if design not in SIZED:
        return ""
    return (
        f"{min(chance.random(), 0.999):.3f}5"
        if design == "poisson"
        else chance.choice(["1", "2.5", "40", f"{chance.random():.4f}1"])
    )
