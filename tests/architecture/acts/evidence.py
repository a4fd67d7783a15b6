"""Material."""

from acts.act import Act, upload

ACTS: dict[str, Act] = {
    "evidence:add_evidence": Act("x1", "UNIT+OVER+LEAD+THIRD", lambda city: {"file": upload(), "title": "新材料"}),
}
