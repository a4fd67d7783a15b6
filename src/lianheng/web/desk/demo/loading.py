"""The load as a whole: one transaction, so that a killed load leaves nothing behind."""

import gc
import time
from collections.abc import Callable
from random import Random

from django.conf import settings
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.desk.demo.dates import FIRST_DAY, on_day
from lianheng.web.desk.demo.earlier_year import run_earlier_year
from lianheng.web.desk.demo.finished_year import run_finished_year
from lianheng.web.desk.demo.foundation import lay_foundation
from lianheng.web.desk.demo.running_year import run_running_year
from lianheng.web.shell.collector import without_collector
from lianheng.web.shell.errors import WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.models import CityProfile, Division, Institution

SEED = "清廉衡阳 2025"
COMPLETE = "demo_complete"
Say = Callable[[str], None]


def is_complete() -> bool:
    """Say whether a whole demonstration city is here."""
    profile = CityProfile.objects.filter(is_demo=True).first()
    return bool(profile and profile.content.get(COMPLETE))


def is_demo() -> bool:
    """Say whether this is a demonstration: its city is here, and no other. Visitors may have made accounts in it.

    No office can stand in it: production refuses to start on the demonstration's city.
    """
    cities = set(CityProfile.objects.values_list("is_demo", flat=True))
    return cities == {True}


def holds_data() -> bool:
    """Say whether anything of an office is here already: people, places, institutions or a profile."""
    return any(model.objects.exists() for model in (CityProfile, Division, Institution, User))


def what_is_here() -> str:
    """Say in one line what a database that is not empty holds."""
    people, bodies = User.objects.count(), Institution.objects.count()
    counts = f"{people:,} accounts, {bodies:,} institutions, {Division.objects.count():,} divisions"
    if is_complete() and is_demo():
        return f"the demonstration city is here: {counts}"
    return f"this database holds an office's own data ({counts}) and no demonstration city"


# Building makes millions of short-lived objects and few circles: the collector finds nothing, slowly.
@without_collector()
@transaction.atomic
def load_demo(*, say: Say, scale: float = 1.0) -> None:
    """Build the city. Refused in production and where there are data."""
    if settings.MODE == "production":
        raise WrongState("正式环境不能装载示范城市")
    if holds_data():
        raise WrongState("数据库里已有数据，不能装载示范城市")
    begun = time.monotonic()

    def step(text: str) -> None:
        gc.collect()
        say(f"[{time.monotonic() - begun:5.1f} s] {text}")

    with on_day(FIRST_DAY):
        demo = lay_foundation(rng=Random(SEED), scale=scale, today=FIRST_DAY)
    step(f"{Institution.objects.count()} institutions, {User.objects.count()} accounts, standards and documents")
    run_earlier_year(demo, step)
    run_finished_year(demo, step)
    run_running_year(demo, step)
    with on_day("2026-12-07"):
        _mark_complete(scale)
    step("the demonstration city is complete")


def _mark_complete(scale: float) -> None:
    profile = CityProfile.objects.select_for_update().get()
    profile.content[COMPLETE] = True
    profile.save()
    record(actor=None, action="desk.demo_loaded", subject=profile, details={"scale": str(scale)})
