# fmt: off
"""Check a draw bundle of 廉衡 Lianheng offline: python verify_standalone.py BUNDLE [PUBLISHED_PLAN_HASH]

One file, Python 3.8 or newer, standard library only; it shares no code with the program. Rules: docs/reference/draw.md.
Exit codes: 0 the draw is right, 1 refused, 2 the file could not be read."""
# mypy: ignore-errors
import hashlib, heapq, hmac, itertools, json, math, sys  # noqa: E401, I001
from fractions import Fraction

def need(condition, message):
    if not condition:
        raise ValueError(message)

def tools(b):
    """Check plan hash, codes and seed; return the functions first ticket, next ticket, value of a ticket."""
    plan, seed, name = b["plan"], b["seed"], "sm3" if b["plan"]["method"] == "consistent-sm3" else "sha256"
    h = lambda data: hashlib.new(name, data).digest()  # noqa: E731
    digits = lambda data: str(int.from_bytes(h(data), "big")).zfill(64)[::-1]  # noqa: E731
    def following(t):
        nines = "0." + "9" * (len(t) - 2 - len(t[2:].lstrip("9")))
        return next(u for i in itertools.count(1) for u in [nines + digits(f"{t}:{i}".encode())] if u > t)
    need((b["format"], plan["format"]) == ("lianheng-draw/1", "lianheng-draw-plan/1"), "the format is not known")
    need(plan["method"] in ("consistent-sha256", "consistent-sm3", "vrs-sha256"), "the method is not known")
    need(h(json.dumps(plan, sort_keys=True, separators=(",", ":")).encode()).hex() == b["plan_hash"], "wrong plan hash")
    need((set(b["codes"]), set(b["public"])) == (set(dict(plan["commitments"])), set(plan["public"])), "not as planned")
    salt, material = b"", ""
    for party, commitment in plan["commitments"]:
        salt += (value := bytes.fromhex(b["codes"][party]))
        for _ in range(plan["round"]):
            value = h(value)
        need(value.hex() == commitment, f"the code of {party} does not hash to the commitment")
    for v in (b["public"][n] for n in plan["public"]):  # RFC 3797: numbers in order, each with a full stop
        material += v if isinstance(v, str) else "".join(f"{n}." for n in sorted(v if isinstance(v, list) else [v]))
        material += "/"
    need(not salt or hmac.new(salt, material.encode(), name).hexdigest() == seed, "the codes do not give the seed")
    if plan["method"] == "vrs-sha256":
        ticket = lambda label: hmac.new(bytes.fromhex(seed), label.encode() + b"\1", name).hexdigest()  # noqa: E731
        return ticket, None, lambda t: Fraction(int(t, 16), 16 ** 64)
    prefix = h(seed.encode()).hex().encode()
    return lambda label: "0." + digits(prefix + label.encode()), following, Fraction

def in_proportion(rows, take, start):
    """Systematic sample of rows (ticket, id, size) in proportion to size, and everybody's probability."""
    sure, more = {}, True
    while more:
        rest = [r for r in rows if r[1] not in sure]
        wanted, total = take - len(sure), sum(r[2] for r in rest)
        more = {r[1]: Fraction(1) for r in rest if wanted and r[2] * wanted >= total}
        sure.update(more)
    sums = [0, *itertools.accumulate(r[2] * wanted / total for r in rest if wanted)]
    steps = zip(rest, sums, sums[1:])  # noqa: B905  (the sums are one longer, or there is only the first)
    chosen = {*sure, *(r[1] for r, a, z in steps if math.ceil(z - start) > math.ceil(a - start))}
    return [r for r in rows if r[1] in chosen], {r[1]: sure.get(r[1]) or r[2] * wanted / total for r in rows}

def check(b):
    """Draw again and compare log and result; return how many are drawn."""
    (first, following, value), plan, log, result, before = tools(b), b["plan"], [], [], b["plan"]["sizes"]
    design, out = plan["design"], {(side, id): why for side, id, why in plan["avoid"]}
    walked, pairs = design in ("simple", "with_replacement", "pps_sequential"), {(a, o): w for a, o, w in plan["pairs"]}
    free = {g: [] for g in sorted({g for _, g, _ in plan["candidates"]})}
    held, urns = {("object", g): [] for g in free}, {("object", g): [] for g in free}
    need(all(len(set(x)) == len(x) for x in (plan["staff"], [c[0] for c in plan["candidates"]])), "an id stands twice")
    for id, g, size in plan["candidates"]:
        t, size = first(id), Fraction(size or 1)
        urns["object", g].append((value(t) / size if design == "pps_sequential" else t, t, id, 1))
        free[g] += [] if ("object", id) in out else [(t, id, size)]
    def fill(key, wanted):
        heapq.heapify(urns[key])
        while len(held[key]) < wanted:
            _, t, id, n = heapq.heappop(urns[key])
            why = out.get((key[0], id), "")
            if key[0] == "staff" and not why:
                load = sum(id == row[1] for k, rows in held.items() if k[0] == "staff" for row in rows)
                why = pairs.get((id, key[1])) or (f"already has {load} objects" if 0 < plan["max_load"] <= load else "")
            log.append([number, *key, id, n, t, "skipped" if why else "drawn", why])
            held[key] += [] if why else [(t, id, n)]
            if design == "with_replacement" and not why:
                heapq.heappush(urns[key], (following(t), following(t), id, n + 1))
    for number, (sizes, absent) in enumerate([(stage["sizes"], stage["absent"]) for stage in b["stages"]], 1):
        grown = set(sizes) == set(before) and all(sizes[g] >= before[g] for g in before)
        need(grown if number > 1 else sizes == before, f"the sizes of stage {number} do not fit")
        need(walked or (number == 1 and all(a[0] == "staff" for a in absent)), "this design has no next ticket")
        before, out = sizes, {**{(side, id): why for side, id, why in reversed(absent)}, **out}
        for key in list(held):
            for t, id, n in [row for row in held.get(key, []) if (key[0], row[1]) in out]:
                held[key].remove((t, id, n))
                held.pop(("staff", id) if key[0] == "object" else None, None)
                log.append([number, *key, id, n, t, "withdrawn", out[key[0], id]])
        for g in free:
            rows = [] if walked else free[g] if plan["order"] == "frame" and design != "poisson" else sorted(free[g])
            if design == "poisson":
                rows = [row for row in rows if value(row[0]) < row[2]]
            elif not walked:
                rows = in_proportion(rows, sizes[g], value(first("start\x1f" + g)))[0]
            held["object", g] += [(t, id, 1) for t, id, _ in rows]
            log.extend([number, "object", g, id, 1, t, "drawn", ""] for t, id, _ in rows)
            fill(("object", g), sizes.get(g, 0))
        for o in [row[1] for g in free for row in held["object", g] if plan["staff"]]:
            if ("staff", o) not in held:
                tickets = [(first(o + "\x1f" + s), s) for s in plan["staff"]]
                held["staff", o], urns["staff", o] = [], [(t, t, s, 1) for t, s in tickets]
            fill(("staff", o), plan["per_object"])
    for g in free:
        stated = {r[1]: r[2] for r in free[g]} if design == "poisson" else in_proportion(free[g], before[g], 0)[1]
        for t, id, n in held["object", g]:
            p = Fraction(1, len(free[g])) if design == "with_replacement" else stated[id]
            result.append([id, g, n, t, str(p), [row[1] for row in held.get(("staff", id), [])]])
    need(json.dumps([log, result]) == json.dumps([b["log"], b["result"]]), "the log or the result is another one")
    return len(result)

if __name__ == "__main__":
    content = None
    try:
        with open(sys.argv[1], "rb") as file:
            content = json.loads(file.read())
        need(sys.argv[2:] in ([], [content["plan_hash"]]), "the plan is not the one published")
        print(f"OK: {check(content)} drawn, plan {content['plan_hash']}")
    except Exception as error:  # a file of any kind may come here
        print("REFUSED:" if content else "NOT CHECKED:", error or repr(error), file=sys.stderr)
        sys.exit(1 if content else 2)
