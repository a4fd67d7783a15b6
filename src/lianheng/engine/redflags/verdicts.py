"""核查结论 verdicts: what people found when they checked a candidate, and what that says about the model."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from lianheng.engine.redflags.problems import RunError

# The four kinds, with the words of the workbook.
KINDS = {
    "as_indicated": "属实（与提示一致）",
    "indirectly_related": "间接相关",
    "no_violation": "未发现违规",
    "other": "其他（含数据错误）",
}
CONFIRMED = ("as_indicated", "indirectly_related")


def kind_of(text: str) -> str:
    """The kind that a text names: its code, its word, or the word without its bracket; blank where it names none.

    Example
    -------
    >>> [kind_of(text) for text in ("属实（与提示一致）", "属实(与提示一致)", " 属实 ", "other", "不属实")]
    ['as_indicated', 'as_indicated', 'as_indicated', 'other', '']
    """
    plain = "".join(text.split()).replace("(", "（").replace(")", "）")
    return next((kind for kind, word in KINDS.items() if plain in (kind, word, word.split("（")[0])), "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of one candidate; `facts` is the hash of the numbers that were checked."""

    candidate: str
    model: str
    version: int
    verdict: str
    note: str
    by: str
    on: dt.date
    facts: str

    @property
    def confirmed(self) -> bool:
        """Whether the candidate was found real, as indicated or indirectly."""
        return self.verdict in CONFIRMED


@dataclass(frozen=True, slots=True)
class Worth:
    """What a model's candidates of one quarter were worth; shares are percent with one decimal, None without checks."""

    model: str
    quarter: str
    checked: int
    as_indicated: int
    confirmed: int
    precision: Decimal | None
    hit_rate: Decimal | None
    to_review: bool


def read_verdicts(path: Path) -> list[Verdict]:
    """Every verdict ever given, oldest first; no file: none.

    A last line without its end was being written when the program was killed: nobody was told that it counts, so it
    does not.

    Raises
    ------
    RunError naming the line that is none.
    """
    if not path.exists():
        return []
    verdicts = []
    for number, line in enumerate(_whole_lines(path.read_bytes()).decode("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            verdicts.append(Verdict(**{**row, "on": dt.date.fromisoformat(row["on"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise RunError(f"{path.name}: line {number} is not a verdict ({error}); restore the file") from error
    return verdicts


def append_verdicts(path: Path, verdicts: Iterable[Verdict], *, closed: bool = False) -> None:
    """Add verdicts; what is written is never changed, a later verdict on the same candidate counts instead.

    `closed`: only the file's owner may read it; for what was found about people.
    """
    lines = [json.dumps(asdict(verdict), ensure_ascii=False, default=str) + "\n" for verdict in verdicts]
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if closed else 0o777)
    if closed:
        path.touch(mode=0o600)
        path.chmod(0o600)
    with path.open("ab") as file:
        if path.stat().st_size:
            file.truncate(len(_whole_lines(path.read_bytes())))
        file.write("".join(lines).encode())


def _whole_lines(held: bytes) -> bytes:
    return held[: held.rfind(b"\n") + 1]


def latest(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """The verdict that counts for each candidate: the last one."""
    return {verdict.candidate: verdict for verdict in verdicts}


def worth(verdicts: Iterable[Verdict], floor: int = 20, after: int = 200) -> list[Worth]:
    """Precision and hit rate per model and quarter of the check.

    Parameters
    ----------
    verdicts : all; the last one of each candidate counts.
    floor, after : a model whose hit rate is under `floor` percent over at least `after` checked candidates (all
        quarters together) goes to review.

    Returns
    -------
    precision = as indicated ÷ checked, hit rate = (as indicated + indirectly related) ÷ checked; sorted.

    Example
    -------
    >>> day = dt.date(2024, 11, 5)
    >>> kinds = ("as_indicated", "indirectly_related", "no_violation")
    >>> one = worth([Verdict(str(n), "M05", 1, kind, "", "甲", day, "") for n, kind in enumerate(kinds)])[0]
    >>> one.quarter, one.checked, str(one.precision), str(one.hit_rate)
    ('2024Q4', 3, '33.3', '66.7')
    """
    counted = list(latest(verdicts).values())
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in counted:
        groups.setdefault((verdict.model, quarter_of(verdict.on)), []).append(verdict)
    poor = {model for model in {verdict.model for verdict in counted} if _poor(counted, model, floor, after)}
    return [_worth(model, quarter, group, model in poor) for (model, quarter), group in sorted(groups.items())]


def quarter_of(day: dt.date) -> str:
    """2024-11-05 → 2024Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def _poor(verdicts: list[Verdict], model: str, floor: int, after: int) -> bool:
    own = [verdict for verdict in verdicts if verdict.model == model]
    return len(own) >= after and sum(verdict.confirmed for verdict in own) * 100 < floor * len(own)


def _worth(model: str, quarter: str, verdicts: list[Verdict], to_review: bool) -> Worth:
    checked = len(verdicts)
    exact = sum(verdict.verdict == "as_indicated" for verdict in verdicts)
    confirmed = sum(verdict.confirmed for verdict in verdicts)
    return Worth(model, quarter, checked, exact, confirmed, share(exact, checked), share(confirmed, checked), to_review)


def share(part: int, whole: int) -> Decimal | None:
    """Percent with one decimal, half up; None of nothing."""
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None
