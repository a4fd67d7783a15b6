"""Synthetic OCDS compiled releases with bids for the benchmark of the eleven procurement indicators."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

BUYERS, SUPPLIERS = 900, 40_000
STATUSES = ("valid",) * 17 + ("disqualified",) * 2 + ("pending", "withdrawn")


def write_releases(path: Path, releases: int, seed: int = 20240531) -> int:
    """Write compiled releases as JSON lines (about 1,150 bytes each); return the file's size in bytes."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for number in range(releases):
            file.write(json.dumps(make_release(number, chance), ensure_ascii=False))
            file.write("\n")
    return path.stat().st_size


def make_release(number: int, chance: random.Random) -> dict[str, Any]:
    """One contracting process: a tender, one to seven bids, an award to the lowest valid bid as a rule."""
    day, month = chance.randint(1, 28), chance.randint(1, 12)
    start = f"2024-{month:02d}-{day:02d}T09:00:00+08:00"
    end = f"2024-{month:02d}-{day:02d}T{chance.randint(10, 23):02d}:00:00Z"
    if chance.random() < 0.6:
        end = f"2025-{month:02d}-{day:02d}T17:00:00+08:00"
    base = chance.lognormvariate(12, 1.5)
    bids = [_bid(number, n, base, f"2024-{month:02d}-{day:02d}", chance) for n in range(chance.randint(1, 5))]
    valid = [bid for bid in bids if bid["status"] == "valid"]
    winner = min(valid, key=lambda bid: bid["value"]["amount"]) if valid else bids[0]
    return {
        "ocid": f"ocds-k50g02-{number:07d}",
        "id": f"{number}-2024",
        "date": start,
        "tag": ["compiled"],
        "buyer": {"id": f"BUY-{chance.randrange(BUYERS):04d}", "name": "某市财政局"},
        "tender": {
            "id": f"T{number}",
            "title": "办公设备采购项目",
            "status": "complete",
            "procuringEntity": {"id": f"PE-{chance.randrange(BUYERS):04d}"},
            "procurementMethod": chance.choice(("open", "open", "selective", "limited", "direct")),
            "procurementMethodDetails": chance.choice(("公开招标", "公开招标", "竞争性磋商", "询价", "单一来源")),
            "numberOfTenderers": len(bids),
            "tenderPeriod": {"startDate": start, "endDate": end},
        },
        "bids": {"details": bids},
        "awards": [
            {
                "id": f"A{number}",
                "status": "active" if chance.random() < 0.95 else "pending",
                "value": winner["value"],
                "suppliers": winner["tenderers"],
                "items": [{"id": "1", "classification": {"scheme": "CPV", "id": f"{chance.randrange(10**8):08d}"}}],
            }
        ],
    }


def _bid(number: int, order: int, base: float, day: str, chance: random.Random) -> dict[str, Any]:
    supplier = int(SUPPLIERS * chance.random() ** 2)
    return {
        "id": f"B{number}-{order}",
        "date": f"{day}T{chance.randint(8, 22):02d}:{chance.randint(0, 59):02d}:00Z",
        "status": chance.choice(STATUSES),
        "tenderers": [{"id": f"SUP-{supplier:06d}"}],
        "value": {"amount": round(base * chance.uniform(0.8, 1.3), 2), "currency": "CNY"},
    }
