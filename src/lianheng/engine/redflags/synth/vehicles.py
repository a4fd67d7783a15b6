"""Official vehicles: fuel cards (M09), tracks and parking (M10)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.approvals import working_calendar
from lianheng.engine.redflags.synth.world import World

_VEHICLES, _TANK = 300, Decimal("60.0")
# A town at (26.9, 112.6); 0.01 degree of latitude is 1.1 km.
_LAT, _LON = Decimal("26.900000"), Decimal("112.600000")
_STATIONS = {
    "北站": (Decimal("0.010000"), True),
    "南站": (Decimal("-0.030000"), True),
    "邻市站": (Decimal("0.900000"), False),
}
_PRICE = Decimal("7.80")


def _working(day: dt.date) -> bool:
    national = (day.month, day.day) in ((1, 1), (5, 1)) or (day.month == 10 and day.day <= 7)
    return day.weekday() < 5 and not national


def _work_moment(world: World, hour: int = 9) -> dt.datetime:
    """A moment on a working day from March to October."""
    while True:
        day = dt.date(world.last_year, 3, 4) + dt.timedelta(days=world.chance.randrange(200))
        if _working(day):
            return dt.datetime.combine(day, dt.time(hour))


def _vehicle(world: World, tank: Decimal | None = _TANK) -> tuple[str, str]:
    plate, card = world.code("SYN-"), world.code("FC")
    world.put("official_vehicle", plate=plate, unit="市某局", tank_litres=tank, fuel_type="汽油",
              litres_per_100km=Decimal("10.0"), lot="市某局停车场")  # fmt: skip
    world.put("fuel_card", card_no=card, vehicle_plate=plate, unit="市某局")
    return plate, card


def _slip(world: World, plate: str, start: dt.datetime, hours: float, purpose: str = "下乡督查") -> None:
    end = start + dt.timedelta(hours=hours)
    world.put("dispatch", slip_no=world.code("D"), plate=plate, from_time=start, to_time=end, purpose=purpose,
              approved_by="王某")  # fmt: skip


def _point(world: World, plate: str, moment: dt.datetime, north: Decimal, east: Decimal = Decimal(0)) -> None:
    world.put("track", plate=plate, time=moment, lat=_LAT + north, lon=_LON + east)


def _fuel(
    world: World,
    card: str,
    moment: dt.datetime,
    litres: str = "40.00",
    station: str = "北站",
    product: str = "92号汽油",
) -> None:
    amount = (Decimal(litres) * _PRICE).quantize(Decimal("0.01")) or Decimal("88.00")
    world.put("fuel", fuel_no=world.code("T"), card_no=card, time=moment, station=station, litres=Decimal(litres),
              product=product, amount=amount)  # fmt: skip


def _at_station(world: World, plate: str, moment: dt.datetime, station: str = "北站") -> None:
    for minutes in (-4, 3):
        _point(world, plate, moment + dt.timedelta(minutes=minutes), _STATIONS[station][0])


def fuel_cards(world: World) -> None:
    """300 vehicles: 28 splits of car and card, 14 over the tank, 60 lawful holiday trips, and what only looks odd."""
    working_calendar(world)
    for station, (north, in_city) in _STATIONS.items():
        world.put("fuel_station", station=station, lat=_LAT + north, lon=_LON, in_city=in_city)
    for _ in range(28):
        plate, card = _vehicle(world)
        moment = _work_moment(world)
        for minutes in (-10, -2, 5, 12):
            _point(world, plate, moment + dt.timedelta(minutes=minutes), Decimal("0.120000"))
        _fuel(world, card, moment)
        world.plant("M09", "card fuelled far from its car", "flag", card_no=card, rule="a", period=str(moment.date()))
    for number in range(14):
        plate, card = _vehicle(world)
        moment = _work_moment(world)
        _at_station(world, plate, moment)
        if number % 2:
            _fuel(world, card, moment, "74.50")
        else:
            # Thirteen minutes apart, more than the tank takes.
            _at_station(world, plate, moment + dt.timedelta(minutes=13))
            _fuel(world, card, moment, "30.75")
            _fuel(world, card, moment + dt.timedelta(minutes=13), "56.60")
        world.plant(
            "M09", "more than the tank takes", "flag", card_no=card, rule="d", period=str(moment.date()), colour="red"
        )
    _holidays(world)
    _other_fuel(world)
    _lawful_fuel(world)
    for number in range(world.many(_VEHICLES - 80)):
        plate, card = _vehicle(world)
        start = _work_moment(world)
        for week in range(8):
            moment = start + dt.timedelta(days=7 * week + number % 2)
            if not _working(moment.date()):
                continue
            station = world.chance.choice(["北站", "南站"])
            _at_station(world, plate, moment, station)
            _fuel(world, card, moment, str(world.chance.randint(28, 55)), station)


def _saturdays(world: World, month: int) -> list[dt.datetime]:
    days = [dt.date(world.last_year, month, day) for day in range(1, 29)]
    return [dt.datetime.combine(day, dt.time(10)) for day in days if day.weekday() == 5][:3]


def _holidays(world: World) -> None:
    for number in range(28):
        plate, card = _vehicle(world)
        lawful = number < 20
        for moment in _saturdays(world, 4 + number % 5):
            _at_station(world, plate, moment)
            _fuel(world, card, moment, "30.00")
            if lawful:
                _slip(world, plate, moment - dt.timedelta(hours=2), 8)
        period = f"{world.last_year}-{4 + number % 5:02d}"
        if lawful:
            # Twenty times three: the sixty lawful holiday trips.
            world.plant(
                "M09", "lawful holiday trips", "explainable", card_no=card, rule="b", period=period, colour="blue"
            )
        else:
            world.plant("M09", "holiday fuelling without approval", "flag", card_no=card, rule="b", period=period)


def _other_fuel(world: World) -> None:
    for number in range(12):
        plate, card = _vehicle(world)
        moment = _work_moment(world)
        if number % 2:
            _at_station(world, plate, moment, "邻市站")
            _fuel(world, card, moment, station="邻市站")
            world.plant(
                "M09", "outside the city without a trip", "flag", card_no=card, rule="c", period=str(moment.date())
            )
        else:
            _at_station(world, plate, moment)
            _fuel(world, card, moment, product="0号柴油")
            world.plant("M09", "diesel for a petrol car", "flag", card_no=card, rule="e", period=str(moment.date()))
    for _ in range(4):
        plate, card = _vehicle(world)
        moment = _work_moment(world)
        world.put("vehicle_month", plate=plate, month=moment.date().replace(day=1), km=Decimal("300.0"))
        for hours in (0, 5, 10):
            later = moment + dt.timedelta(hours=hours)
            _at_station(world, plate, later)
            _fuel(world, card, later, "50.00")
        world.plant("M09", "more litres than the kilometres need", "flag", card_no=card, rule="d",
                    period=f"{moment:%Y-%m}")  # fmt: skip


def _lawful_fuel(world: World) -> None:
    for number in range(24):
        plate, card = _vehicle(world)
        moment = _work_moment(world)
        kind = ("spare vehicle with approval", "GPS drift", "refuelling before a long trip", "jerry-can with record",
                "trip to another city", "one holiday fuelling")[number % 6]  # fmt: skip
        expect = "explainable" if number % 6 == 2 else "quiet"
        if number % 6 == 0:
            _point(world, plate, moment, Decimal("0.150000"))
            _fuel(world, card, moment)
            _approve(world, card, moment, "备用车")
        elif number % 6 == 1:
            _at_station(world, plate, moment)
            _point(world, plate, moment, Decimal("0.200000"))
            _fuel(world, card, moment)
        elif number % 6 == 2:
            for minutes, litres in ((0, "20.00"), (90, "25.00")):
                _at_station(world, plate, moment + dt.timedelta(minutes=minutes))
                _fuel(world, card, moment + dt.timedelta(minutes=minutes), litres)
            _slip(world, plate, moment - dt.timedelta(hours=1), 10)
        elif number % 6 == 3:
            _at_station(world, plate, moment)
            _fuel(world, card, moment, "75.00")
            _approve(world, card, moment, "容器加油")
        elif number % 6 == 4:
            _at_station(world, plate, moment, "邻市站")
            _fuel(world, card, moment, station="邻市站")
            _slip(world, plate, moment - dt.timedelta(hours=3), 9)
        else:
            moment = _saturdays(world, 6)[0]
            _at_station(world, plate, moment)
            _fuel(world, card, moment)
        world.plant("M09", kind, expect, card_no=card)
    plate, card = _vehicle(world, tank=Decimal("50.0"))
    moment = _work_moment(world)
    _at_station(world, plate, moment)
    _fuel(world, card, moment, "56.00")
    world.plant("M09", "tank figure wrong in the register", "check", card_no=card, rule="d")
    plate, card = _vehicle(world)
    moment = _work_moment(world)
    _point(world, plate, moment - dt.timedelta(hours=5), Decimal(0))
    _fuel(world, card, moment)
    world.plant("M09", "no track near the time", "cannot_tell", card_no=card, period=str(moment.date()))


def _approve(world: World, card: str, moment: dt.datetime, kind: str) -> None:
    world.put("fuel_approval", approval_no=world.code("AP"), card_no=card, from_time=moment - dt.timedelta(hours=1),
              to_time=moment + dt.timedelta(hours=4), kind=kind)  # fmt: skip


_PLACES = {"青山景区": ("景区", "0.300000"), "某酒店": ("酒店", "0.200000"), "某小区": ("住宅区", "-0.200000")}


def _drive(world: World, plate: str, start: dt.datetime, north: str, *, steps: int = 12, every: int = 2) -> dt.datetime:
    """Out to a point in so many steps; the last moment."""
    moment = start
    for step in range(steps + 1):
        moment = start + dt.timedelta(minutes=every * step)
        _point(world, plate, moment, (Decimal(north) * step / steps).quantize(Decimal("0.000001")))
    return moment


def _stay(world: World, plate: str, start: dt.datetime, minutes: int, north: str) -> None:
    for minute in range(5, minutes + 1, 5):
        _point(world, plate, start + dt.timedelta(minutes=minute), Decimal(north))


def tracks(world: World) -> None:
    """Stays at scenic spots, nights outside the lot, slips without track, tracks without slip, one candidate a trip."""
    working_calendar(world)
    for name, (kind, north) in _PLACES.items():
        world.put("poi", name=name, kind=kind, lat=_LAT + Decimal(north), lon=_LON)
    for number in range(12):
        name = list(_PLACES)[number % 3]
        plate, start = _vehicle(world)[0], _work_moment(world)
        _slip(world, plate, start - dt.timedelta(minutes=5), 0.6)
        _stay(
            world, plate, _drive(world, plate, start, _PLACES[name][1]) + dt.timedelta(minutes=10), 60, _PLACES[name][1]
        )
        world.plant("M10", "stay at a POI without a slip", "flag", plate=plate, rule="a", period=str(start.date()))
    for number in range(12):
        plate, start = _vehicle(world)[0], _work_moment(world, 20)
        out = start + dt.timedelta(hours=11) if number % 2 else start.replace(hour=12) + dt.timedelta(days=1)
        world.put("parking", plate=plate, lot="某小区停车场", in_time=start, out_time=out)
        world.plant("M10", "night outside the designated lot", "flag", plate=plate, rule="b", period=str(start.date()))
    for _ in range(10):
        plate, start = _vehicle(world)[0], _work_moment(world)
        other = start + dt.timedelta(days=1)
        _slip(world, plate, start, 4)
        _slip(world, plate, other, 2)
        _drive(world, plate, other, "0.050000")
        world.plant("M10", "no track during a trip", "flag", plate=plate, rule="c", period=str(start.date()))
    for number in range(20):
        plate, start = _vehicle(world)[0], _work_moment(world)
        _drive(world, plate, start, "0.027000")
        _drive(world, plate, start + dt.timedelta(hours=3), "0.027000")
        if number % 2:
            _slip(world, plate, start - dt.timedelta(minutes=10), 2)
            _point(world, plate, start + dt.timedelta(minutes=48), Decimal(0))
        for trip in (0, 3) if number % 2 == 0 else (3,):
            started = f"{start + dt.timedelta(hours=trip):%Y-%m-%d %H:%M}"
            world.plant("M10", "3 km without a slip", "flag", plate=plate, rule="d", started=started)
    _lawful_tracks(world)
    for _ in range(world.many(150)):
        plate = _vehicle(world)[0]
        days = sorted({_work_moment(world) for _ in range(3)})
        for start in days:
            _slip(world, plate, start - dt.timedelta(minutes=10), 3)
            # There and back: a car that is elsewhere on the next morning went there unseen.
            _drive(world, plate, start, world.chance.choice(["0.040000", "-0.080000", "0.120000"]))
            _point(world, plate, start + dt.timedelta(minutes=48), Decimal(0))
            world.put("parking", plate=plate, lot="市某局停车场", in_time=start.replace(hour=18),
                      out_time=start.replace(hour=7) + dt.timedelta(days=1))  # fmt: skip


def _lawful_tracks(world: World) -> None:
    kinds = ("duty night", "driver lunch", "loading equipment", "tunnel", "garage", "within the yard", "slip ends late",
             "GPS drift")  # fmt: skip
    for number in range(32):
        kind, plate, start = kinds[number % 8], _vehicle(world)[0], _work_moment(world)
        if kind == "duty night":
            start = start.replace(hour=20)
            world.put(
                "parking", plate=plate, lot="乡镇政府院内", in_time=start, out_time=start + dt.timedelta(hours=11)
            )
            _slip(world, plate, start - dt.timedelta(hours=1), 13, "值班")
            _drive(world, plate, start - dt.timedelta(minutes=40), "0.050000")
        elif kind in ("driver lunch", "loading equipment"):
            north = _PLACES["某酒店"][1]
            _slip(world, plate, start, 6 if kind == "loading equipment" else 3)
            end = _drive(world, plate, start, north)
            _stay(world, plate, end, 60 if kind == "loading equipment" else 25, north)
        elif kind == "tunnel":
            _slip(world, plate, start, 2)
            end = _drive(world, plate, start, "0.050000")
            _point(world, plate, end + dt.timedelta(minutes=25), Decimal("0.150000"))
        elif kind == "garage":
            _slip(world, plate, start, 5)
            end = _drive(world, plate, start, "0.050000")
            _point(world, plate, end + dt.timedelta(minutes=180), Decimal("0.050300"))
        elif kind == "within the yard":
            _drive(world, plate, start, "0.004500")
        elif kind == "GPS drift":
            for minutes, north in ((0, "0"), (3, "0.2"), (6, "0")):
                _point(world, plate, start + dt.timedelta(minutes=minutes), Decimal(north))
        else:
            _slip(world, plate, start, 1)
            _drive(world, plate, start + dt.timedelta(minutes=30), "0.120000", every=4)
        world.plant("M10", kind, "quiet", plate=plate)
    plate, start = _vehicle(world)[0], _work_moment(world)
    world.put("poi", name="地图标错的酒店", kind="酒店", lat=_LAT, lon=_LON + Decimal("0.400000"))
    for minute in range(0, 65, 5):
        _point(world, plate, start + dt.timedelta(minutes=minute), Decimal(0), Decimal("0.400000"))
    world.plant("M10", "map point wrong", "check", plate=plate, rule="a")
    plate, start = _vehicle(world)[0], _work_moment(world, 20)
    world.put("parking", plate=plate, lot="某小区停车场", in_time=start, out_time=None)
    world.plant("M10", "no record of leaving the lot", "cannot_tell", plate=plate, rule="b")


GENERATORS = {"M09": fuel_cards, "M10": tracks}
