"""The eleven indicators once more: plain loops over plain JSON after the definitions; no code is shared."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections import defaultdict
from fractions import Fraction


def expected(text, settings):
    """The whole result (flags, Meta, Maps) of releases in a text, for settings as plain data."""
    return Oracle(settings).run(text)


def pipe(value):
    if not value:
        return set()
    return set(value[:-1].split("|")) if value.endswith("|") else set(value.split("|"))


def get(value, *path):
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def string(value, *path):
    found = get(value, *path)
    return found if isinstance(found, str) else None


def array(value, *path):
    found = get(value, *path)
    return found if isinstance(found, list) else None


def ids(organisations):
    return [o["id"] for o in organisations or [] if isinstance(o, dict) and isinstance(o.get("id"), str)]


def type8(values, t):
    x, n = sorted(values), len(values)
    if n == 0 or not 0 <= t <= 1 or any(math.isnan(v) for v in x):
        return math.nan
    h = (n + 1 / 3) * t + 1 / 3
    k = int(h)
    if k <= 0 or t == 0:
        return float(x[0])
    if k >= n or t == 1:
        return float(x[-1])
    return x[k - 1] + (h - k) * (x[k] - x[k - 1])


def fma(a, b, c):
    if not all(math.isfinite(v) for v in (a, c)):
        return a * b + c
    return float(Fraction(a) * Fraction(b) + Fraction(c))


class Oracle:
    def __init__(self, settings):
        self.settings = {k: v for k, v in settings.items() if v is not None}
        self.out = defaultdict(lambda: defaultdict(dict))
        self.meta = {}
        self.maps = {f"ocid_tenderer_{c}": defaultdict(set) for c in ("r024", "r028", "r030", "r035", "r058")}
        self.maps |= {"ocid_tenderer": defaultdict(set), "ocid_buyer_r038": {}, "ocid_procuringentity_r038": {}}

    def on(self, *codes):
        return any(code in self.settings for code in codes)

    def option(self, code, key, default=None):
        value = self.settings[code].get(key)
        return default if value is None else value

    def run(self, text):
        self.processes = list(self.read(text))
        self.currency = self.main_currency()
        differences = self.differences() if self.on("R024", "R058") else []
        for code in ("R003", "R018", "R025", "R028", "R030", "R035", "R036", "R038", "R048"):
            if self.on(code):
                getattr(self, code.lower())()
        for code in ("R024", "R058"):
            if self.on(code):
                getattr(self, code.lower())(differences)
        self.tenderers()
        result = {group: {k: dict(v) for k, v in found.items()} for group, found in self.out.items()}
        result["Meta"] = {
            code: {name: self.round(v) for name, v in values.items()} for code, values in self.meta.items()
        }
        result["Maps"] = {
            name: {k: v if isinstance(v, str) else sorted(v) for k, v in rows.items()}
            for name, rows in self.maps.items()
        }
        return result

    @staticmethod
    def round(v):
        if not math.isfinite(v):
            return None
        scaled = abs(v * 10000)
        whole = math.floor(scaled)
        return math.copysign((whole + (scaled - whole >= 0.5)) / 10000, v) if scaled else 0.0

    def read(self, text):
        excluded = pipe(get(self.settings, "exclusions", "procurement_method_details"))
        for line in text.split("\n"):
            try:
                release = json.loads(line)
            except ValueError:
                continue
            if string(release, "ocid") is None or string(release, "tender", "status") == "cancelled":
                continue
            if string(release, "tender", "procurementMethodDetails") in excluded:
                continue
            yield release

    def comparable(self, r):
        details = string(r, "tender", "procurementMethodDetails")
        included = pipe(self.settings.get("price_comparison_procurement_methods"))
        if included:
            return details in included
        return details not in pipe(self.settings.get("no_price_comparison_procurement_methods"))

    def bids(self, r):
        found = [b for b in array(r, "bids", "details") or [] if isinstance(b, dict)]
        return [b for b in found if string(b, "status") not in (None, "invited", "withdrawn")]

    def awards(self, r):
        return [a for a in array(r, "awards") or [] if isinstance(a, dict)]

    def active(self, r):
        return [a for a in self.awards(r) if string(a, "status") == "active"]

    def final(self, r):
        if array(r, "awards") is None or array(r, "bids", "details") is None:
            return False
        return all(string(a, "status") in (None, "active", "cancelled", "unsuccessful") for a in self.awards(r))

    def winner(self, r):
        active = self.active(r)
        if not self.final(r) or len(active) != 1:
            return None
        return self.only(array(active[0], "suppliers"))

    def only(self, organisations):
        found = ids(organisations)
        return found[0] if organisations is not None and len(organisations) == 1 and found else None

    def price(self, b):
        amount, currency = get(b, "value", "amount"), string(b, "value", "currency")
        if type(amount) not in (int, float) or currency is None:
            return None
        try:
            amount = float(amount)
        except OverflowError:
            return None
        return (amount, currency) if math.isfinite(amount) else None

    def main_currency(self):
        if self.settings.get("currency") is not None:
            return self.settings["currency"]
        for r in self.processes:
            if not self.comparable(r):
                continue
            if self.on("R024", "R058") and self.winner(r) is not None:
                for b in self.bids(r):
                    if b["status"] == "valid" and self.only(array(b, "tenderers")) is not None and self.price(b):
                        return self.price(b)[1]
            if self.on("R036") and self.active(r):
                for b in self.bids(r):
                    if self.price(b):
                        return self.price(b)[1]
        return None

    def differences(self):
        found = []
        for r in self.processes:
            winner = self.winner(r)
            if winner is None or not self.comparable(r):
                continue
            own, other, other_name = None, None, None
            for b in self.bids(r):
                name, price = self.only(array(b, "tenderers")), self.price(b)
                if b["status"] != "valid" or name is None or price is None or price[1] != self.currency:
                    continue
                if name == winner:
                    own = price[0] if own is None else min(own, price[0])
                elif other is None or price[0] < other:
                    other, other_name = price[0], name
            if own is None or other is None or other < own:
                continue
            nothing = math.nan if other == 0 else math.copysign(math.inf, own)
            difference = (other - own) / own if own else nothing
            found.append((r["ocid"], difference, winner, other_name))
        return found

    def fence(self, code, values, upper, prefix="", guard_q1=False, guard_fence=True):
        meta = self.meta.setdefault(code, {})
        name = "upper_fence" if upper else "lower_fence"
        threshold = self.option(code, "threshold")
        if threshold is not None:
            fence = meta[prefix + name] = threshold
        else:
            q1, q3 = type8(values, 0.25), type8(values, 0.75)
            fence = fma(q3 - q1, 1.5, q3) if upper else fma(q3 - q1, -1.5, q1)
            meta |= {prefix + "q1": q1, prefix + "q3": q3, prefix + name: fence}
            if guard_q1 and not q1 > 0:
                return math.nan
        return fence if fence > 0 or not guard_fence else math.nan

    def flag(self, group, id_, code, value):
        self.out[group][id_][code] = value if math.isfinite(value) else None

    def implicate(self, code, r_ocid, tenderer, value):
        self.flag("Tenderer", tenderer, code, value)
        self.maps[f"ocid_tenderer_{code.lower()}"][r_ocid].add(tenderer)

    @staticmethod
    def moment(text):
        pattern = r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))"
        found = re.fullmatch(pattern, text or "", re.ASCII)
        if not found:
            return None
        numbers = [int(n) for n in found.groups()[:6]]
        if int(found[9] or 0) > 23 or int(found[10] or 0) > 59:
            return None
        try:
            days = dt.date(*numbers[:3]).toordinal()
            dt.time(*numbers[3:])
        except ValueError:
            return None
        offset = (int(found[9] or 0) * 60 + int(found[10] or 0)) * 60 * (-1 if found[8] == "-" else 1)
        seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5] - offset
        return seconds * 10**9 + int(((found[7] or "") + "0" * 9)[:9])

    def r003(self):
        methods = pipe(self.option("R003", "procurement_methods"))
        own = self.option("R003", "procurement_method_details", {})
        for r in self.processes:
            if methods and string(r, "tender", "procurementMethod") not in methods:
                continue
            start, end = (self.moment(string(r, "tender", "tenderPeriod", key)) for key in ("startDate", "endDate"))
            if start is None or end is None:
                continue
            whole = abs(end - start) // (86_400 * 10**9) * (1 if end >= start else -1)
            threshold = own.get(string(r, "tender", "procurementMethodDetails"), self.option("R003", "threshold", 15))
            if whole < threshold:
                self.flag("OCID", r["ocid"], "R003", 1.0)

    def r018(self):
        methods = pipe(self.option("R018", "procurement_methods", "open|selective"))
        for r in self.processes:
            number = get(r, "tender", "numberOfTenderers")
            competitive = not methods or string(r, "tender", "procurementMethod") in methods
            if type(number) is int and number == 1 and competitive:
                self.flag("OCID", r["ocid"], "R018", 1.0)

    def r024(self, differences):
        fence = self.fence("R024", [d for _, d, _, _ in differences], upper=False, guard_q1=True)
        for ocid, difference, winner, other in differences:
            if difference <= fence:
                self.flag("OCID", ocid, "R024", difference)
                self.implicate("R024", ocid, winner, 0.0)
                self.implicate("R024", ocid, other, 0.0)

    def r058(self, differences):
        fence = self.fence("R058", [d for _, d, _, _ in differences], upper=True)
        for ocid, difference, winner, _ in differences:
            if difference >= fence:
                self.flag("OCID", ocid, "R058", difference)
                self.implicate("R058", ocid, winner, 0.0)

    def r025(self):
        count, wins = defaultdict(int), defaultdict(int)
        for r in self.processes:
            winner = self.winner(r)
            if winner is None:
                continue
            valid = [b for b in self.bids(r) if b["status"] == "valid"]
            for name in {self.only(array(b, "tenderers")) for b in valid} - {None}:
                count[name] += 1
                wins[name] += name == winner
        ratios = {name: wins[name] / count[name] for name in count}
        fence = self.fence("R025", ratios.values(), upper=False, guard_q1=True)
        cutoff = type8(list(count.values()), self.option("R025", "percentile", 75) / 100)
        self.meta["R025"]["upper_fence"] = cutoff
        for name, ratio in ratios.items():
            if count[name] >= cutoff and ratio <= fence:
                self.flag("Tenderer", name, "R025", ratio)

    def r028(self):
        for r in self.processes:
            if not self.comparable(r):
                continue
            groups = defaultdict(list)
            for b in self.bids(r):
                price, names = self.price(b), ids(array(b, "tenderers"))
                if price and names:
                    groups[price].append(frozenset(names))
            for sets in groups.values():
                if len(set(sets)) > 1:
                    self.flag("OCID", r["ocid"], "R028", 1.0)
                    for name in set().union(*sets):
                        self.implicate("R028", r["ocid"], name, 1.0)

    def r030(self):
        for r in self.processes:
            end = string(r, "tender", "tenderPeriod", "endDate")
            if end is None:
                continue
            suppliers = {name for a in self.active(r) for name in ids(array(a, "suppliers"))}
            for b in self.bids(r):
                date = string(b, "date")
                if b["status"] != "valid" or date is None or date.encode() <= end.encode():
                    continue
                for name in set(ids(array(b, "tenderers"))) & suppliers:
                    self.flag("OCID", r["ocid"], "R030", 1.0)
                    self.implicate("R030", r["ocid"], name, 1.0)

    def r035(self):
        for r in self.processes:
            if not self.final(r):
                continue
            of = {
                status: {n for b in self.bids(r) if b["status"] == status for n in ids(array(b, "tenderers"))}
                for status in ("valid", "disqualified")
            }
            suppliers = {name for a in self.active(r) for name in ids(array(a, "suppliers"))}
            others = len(of["disqualified"] - of["valid"])
            alone = len(of["valid"]) == 1 and of["valid"] == suppliers
            if alone and others >= max(1, self.option("R035", "threshold", 1)):
                self.flag("OCID", r["ocid"], "R035", float(others))
                self.implicate("R035", r["ocid"], next(iter(suppliers)), 0.0)

    def r036(self):
        for r in self.processes:
            if not self.comparable(r) or not self.active(r):
                continue
            priced = [(self.price(b)[0], b) for b in self.bids(r) if self.price(b)]
            priced = [(a, b) for a, b in priced if self.price(b)[1] == self.currency]
            if not any(b["status"] == "valid" for _, b in priced):
                continue
            lowest = min(priced, key=lambda pair: pair[0])
            if lowest[1]["status"] == "disqualified":
                self.flag("OCID", r["ocid"], "R036", 1.0)

    def r038(self):
        groups = {g: defaultdict(lambda: [0, 0]) for g in ("Buyer", "ProcuringEntity", "Tenderer")}
        for r in self.processes:
            submitted = self.bids(r)
            bad = sum(b["status"] == "disqualified" for b in submitted)
            named = {"Buyer": string(r, "buyer", "id"), "ProcuringEntity": string(r, "tender", "procuringEntity", "id")}
            for group, id_ in named.items():
                if id_ is not None and submitted:
                    groups[group][id_][0] += bad
                    groups[group][id_][1] += len(submitted)
                    if bad:
                        self.maps[f"ocid_{group.lower()}_r038"][r["ocid"]] = id_
            for b in submitted:
                for name in ids(array(b, "tenderers")):
                    groups["Tenderer"][name][0] += b["status"] == "disqualified"
                    groups["Tenderer"][name][1] += 1
        for group, found in groups.items():
            key = "minimum_submitted_bids" if group == "Tenderer" else "minimum_contracting_processes"
            ratios = {i: q / m for i, (q, m) in found.items() if m >= self.option("R038", key, 2)}
            if ratios:
                fence = self.fence("R038", ratios.values(), upper=True, prefix=f"{group}_")
                for id_, ratio in ratios.items():
                    if ratio >= fence:
                        self.flag(group, id_, "R038", ratio)

    def r048(self):
        classes, count = defaultdict(set), defaultdict(int)
        for r in self.processes:
            seen = set()
            for a in self.active(r):
                supplier, items = self.only(array(a, "suppliers")), array(a, "items")
                for item in items or []:
                    code = string(item, "classification", "id")
                    if supplier is not None and code is not None:
                        classes[supplier].add(code[: self.option("R048", "digits", 2)])
                        seen.add(supplier)
            for supplier in seen:
                count[supplier] += 1
        least = self.option("R048", "minimum_contracting_processes", 20)
        varieties = {s: float(len(classes[s])) for s in count if count[s] >= least}
        fence = self.fence("R048", varieties.values(), upper=True, guard_fence=False)
        for supplier, variety in varieties.items():
            if variety >= fence:
                self.flag("Tenderer", supplier, "R048", variety)

    def tenderers(self):
        if self.on("R025", "R038", "R048"):
            for r in self.processes:
                for b in self.bids(r):
                    for name in ids(array(b, "tenderers")):
                        self.maps["ocid_tenderer"][r["ocid"]].add(name)
