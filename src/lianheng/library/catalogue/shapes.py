"""Which keys each row of the catalogue files has. A key that is not here is an error."""

from __future__ import annotations

from lianheng.library.problems import Shape

_MARKED = {"mark": "text", "mark_note": "text"}

CATALOGUE = Shape(
    {
        "id": "text", "version": "text", "name": "text", "effective": "text", "source": "text", "lists": "list",
        "marks": "list", "seeds": "list", "unit_types": "list", "ownerships": "list", "topics": "list",
    }
)  # fmt: skip
MARK = Shape({"code": "text", "name": "text", "meaning": "text"})
SEED = Shape({"code": "text", "title": "text"})
OWNERSHIP = Shape({"code": "text", "name": "text"})
UNIT_TYPE = Shape(
    {
        "code": "text",
        "name": "text",
        "title": "text",
        "lead": "text",
        "lists": "list",
        "default": "flag",
        "mark": "text",
    }
)
LIST_CHOICE = Shape({"list": "text"}, {"ownership": "text"})
TOPIC = Shape({"code": "text", "name": "text", "unit_type": "text", "mark": "text"})

SHEET = Shape(
    {
        "list": "text", "kind": "text", "name": "text", "points": "number", "lead": "text", "subject": "text",
        "source": "text", "mark": "text", "categories": "list",
    },
    {"negatives": "list", "extras": "map"},
)  # fmt: skip
_CATEGORY = {"code": "text", "name": "text", "points": "number", "mark": "text"}
CATEGORY = Shape({**_CATEGORY, "mnemonic": "text", "mnemonic_mark": "text", "items": "list"}, {"mark_note": "text"})
INDICATOR = Shape(_CATEGORY, {"mark_note": "text", "items": "list", "categories": "list"})
_ITEM = {"code": "text", "name": "text", "points": "number", "parts": "list", "variables": "map", **_MARKED}
_ITEM_OPTIONAL = {"measures": "map", "note": "text", "tags": "list"}
ITEM = Shape({**_ITEM, "standard": "text", "problems": "list", "lead": "text", "evidence": "text"}, _ITEM_OPTIONAL)
EVALUATION_ITEM = Shape({**_ITEM, "observation": "text", "data_source": "text"}, _ITEM_OPTIONAL)
PROBLEM = Shape({"code": "text", "text": "text"})
VARIABLE = Shape({"name": "text"}, {"part_of": "text"})
PART = {
    "Q": Shape({"rule": "text", "points": "number", "x": "text", "y": "any"}),
    "G": Shape({"rule": "text", "points": "number", "grade": "text"}),
    "F": Shape({"rule": "text", "points": "number", "yes": "text"}),
    "S": Shape({"rule": "text", "points": "number", "index": "any"}),
    "D": Shape({"rule": "text", "points": "number", "terms": "list"}),
}
RATE = Shape({"rate": "text", "target": "text"})
TERM = Shape({"points": "number", "count": "text"})
NEGATIVE = Shape(
    {"code": "text", "name": "text", "confirmed_by": "text", "effect": "text", **_MARKED},
    {"cap": "text", "points": "number", "item": "text"},
)
# Each table of `extras` has its own columns; these are the ones that the loader knows.
EXTRA = Shape(
    {"code": "text", "text": "text", "mark": "text"},
    {"data": "text", "problem": "text", "model": "text", "group": "text", "period": "text", "channel": "text"},
)

RULES = Shape(
    {"deductions": "list", "bonus": "list", "vetoes": "list", "grades": "list", "grades_mark": "text"},
    {"statements": "list", "excellent_share": "number", "praise_share": "number", "daily": "map"},
)
_RULE = {"code": "text", "name": "text", "text": "text", **_MARKED}
CHARGE = Shape(
    _RULE,
    {
        "outside": "number", "self": "number", "concealed": "number", "per_30_days": "number", "points": "number",
        "cap": "number", "zeroes_item": "flag",
    },
)  # fmt: skip
STATEMENT = Shape(_RULE)
VETO = Shape({**_RULE, "cap": "text"}, {"when_list_score_below": "number"})
GRADE = Shape({"name": "text", "at_least": "number"})
DAILY = Shape({"yearly": "number", "quarterly": "number"})
CROSSWALK = Shape({"from": "text", "to": "text", "rows": "list"})
CROSSWALK_ROW = Shape({"old": "text", "new": "any", "reason": "text"})
