"""Releases and settings drawn by a seed: small sets of everything, so that ties, repeats and odd types meet often."""

from __future__ import annotations

import json

_ODD = (None, 5, "", True, [], {}, 1.5)
_NAMES = ("A", "B", "C", "D", "E", "F", "公司", 'q"\\', "", "long name of a firm ltd")
_DATES = (
    "2024-03-01T00:00:00+08:00", "2024-03-10T23:59:59Z", "2024-03-15T23:00:00Z", "2024-03-20T00:00:00.5Z",
    "2024-03-16T00:00:00.123456789-05:30", "2024-03-16T00:00:00.1234567891Z", "2024-03-16t00:00:00z", "2024-03-16",
    "2024-02-30T00:00:00Z", "2024-03-16T24:00:00Z", "2024-03-16T00:00:00+0000", "2024-03-16T00:00:00",
    "2024-03-16T00:00Z",    "2024-03-14T23:59:59.999999999Z", "2024-02-29T00:00:00.9Z",
    "2023-02-29T00:00:00Z", "2024-03-16T00:00:00.Z",
    "2024-03-16T00:00:00+24:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
)  # fmt: skip


def price(bid):
    value = bid.get("value")
    amount = value.get("amount") if isinstance(value, dict) else None
    return amount if isinstance(amount, int | float) else 10**9


class Drawn:
    """Releases with `odd` as the chance that a field is missing or of a wrong type."""

    def __init__(self, chance, odd, zero=False, currencies=("CNY", "CNY", "CNY", "USD")):
        self.chance, self.odd, self.currencies = chance, odd, currencies
        self.amounts = [100, 100.0, 101, 90, 95.5, 120, 9007199254740993, 9007199254740992, 1e2, -5, 130, 250, 111.25]
        self.amounts += [0, 0.0, -0.0] if zero else []

    def maybe(self, value):
        roll = self.chance.random()
        return self.chance.choice(_ODD) if roll < self.odd else value

    def object(self, **fields):
        return {key: self.maybe(v) for key, v in fields.items() if self.chance.random() >= self.odd}

    def some(self, make, most, least=0):
        return [self.maybe(make()) for _ in range(self.chance.randint(least, most))]

    def firm(self):
        return self.object(id=self.chance.choice(_NAMES))

    def firms(self):
        return self.some(self.firm, 3, 1) if self.chance.random() < 0.25 else [self.firm()]

    def bid(self):
        statuses = ("valid",) * 8 + ("disqualified",) * 4 + ("pending", "invited", "withdrawn", "Valid", "qualified")
        value = self.object(amount=self.chance.choice(self.amounts), currency=self.chance.choice(self.currencies))
        return self.object(
            status=self.chance.choice(statuses), date=self.chance.choice(_DATES), value=value, tenderers=self.firms()
        )

    def item(self):
        code = self.chance.choice(("01", "0123", "02", "3", "", "中文字", "中文", "\n1", "99999999", '"x'))
        return self.object(classification=self.object(id=code))

    def award(self, bids):
        statuses = ("active",) * 10 + ("cancelled", "unsuccessful", "pending", "Active")
        suppliers = self.firms()
        # As a rule to one of the bidders: a valid one, the cheapest more often than not.
        able = [b for b in bids if isinstance(b, dict) and b.get("status") == "valid" and b.get("tenderers")]
        if able and self.chance.random() < 0.85:
            suppliers = min(self.chance.sample(able, min(len(able), 3)), key=price)["tenderers"]
        return self.object(status=self.chance.choice(statuses), suppliers=suppliers, items=self.some(self.item, 3))

    def release(self, number):
        pick = self.chance.choice
        period = self.object(startDate=pick(_DATES), endDate=pick(_DATES))
        tender = self.object(
            status=pick(("complete", "active", "active", "cancelled" if self.chance.random() < 0.3 else "planned")),
            procurementMethod=pick(("open", "selective", "limited", "direct")),
            procurementMethodDetails=pick(("公开", "询价", "抽签", "定价", "", "a|b")),
            numberOfTenderers=pick((1, 1, 1.0, "1", 2, True)),
            tenderPeriod=period,
            procuringEntity=self.firm(),
        )
        bids = self.some(self.bid, 6)
        if self.chance.random() < 0.15 and bids and isinstance(bids[-1], dict):
            bids = [{**b, "status": "disqualified"} for b in bids if isinstance(b, dict)]
            bids[-1]["status"] = "valid"
        award = lambda: self.award(bids)  # noqa: E731
        awards = [award()] if self.chance.random() < 0.8 else self.some(award, 3)
        release = self.object(buyer=self.firm(), tender=tender, bids=self.object(details=bids), awards=awards)
        return {"ocid": f"ocds-{number}", **release} if self.chance.random() >= self.odd / 2 else release

    def releases(self, most):
        count = self.chance.randint(0, most)
        return "".join(
            json.dumps(self.release(n), ensure_ascii=self.chance.random() < 0.5) + "\n" for n in range(count)
        )


def draw_settings(chance):
    """Settings with random indicators and options, as plain data."""
    some = lambda **options: {k: v for k, v in options.items() if chance.random() < 0.4}  # noqa: E731
    pick = chance.choice
    all_ = {
        "R003": some(
            threshold=pick((0, 5, 20, -3)),
            procurement_methods=pick(("", "open", "open|limited|")),
            procurement_method_details=pick(({}, {"询价": 25, "公开": 0})),
        ),
        "R018": some(procurement_methods=pick(("", "open", "direct|limited"))),
        "R024": some(threshold=pick((0.05, 0.2, 0, 1))),
        "R025": some(percentile=pick((0, 50, 75, 100, 120)), threshold=pick((0.2, 0.5, 0, 1))),
        "R028": {},
        "R030": {},
        "R035": some(threshold=pick((0, 1, 2))),
        "R036": {},
        "R038": some(
            threshold=pick((0.3, 0.5, 0)), minimum_submitted_bids=pick((0, 1, 4)),
            minimum_contracting_processes=pick((0, 3, 6, 1000)),
        ),
        "R048": some(digits=pick((0, 1, 3, 99)), threshold=pick((0, 2, 4)),
                     minimum_contracting_processes=pick((0, 1, 3))),
        "R058": some(threshold=pick((0.2, 0.5, 0, -1))),
    }  # fmt: skip
    found = {code: options for code, options in all_.items() if chance.random() < 0.8}
    shared = some(
        currency=pick(("CNY", "USD")),
        no_price_comparison_procurement_methods=pick(("抽签|定价", "", "公开")),
        price_comparison_procurement_methods=pick(("", "公开|询价", "a||b")),
        exclusions={"procurement_method_details": pick(("询价", "", "a|"))},
    )
    return shared | found
