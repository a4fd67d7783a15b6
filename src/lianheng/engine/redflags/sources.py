"""Whether the registers that models read are there and fresh: silence of a source is not read as clean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.register import Register

WEAKER, REFUSED = "weaker", "refused"  # kinds of alerts that keep no model from running
_DAYS = {"day": 1, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a loaded register: rows, the last load, the last day that its rows speak of."""

    rows: int
    loaded_on: dt.date | None
    latest: dt.date | None
    damaged: tuple[str, ...] = ()  # files that are gone or are no longer what was loaded
    clear: tuple[str, ...] = ()  # columns of a server's table that hold people in the clear
    absent: tuple[str, ...] = ()  # declared columns that a server's table does not have
    lacking: tuple[tuple[str, int], ...] = ()  # columns that decide something and are not there, in how many batches
    refused: int = 0  # rows of its loads that stand in the quarantine, not in the register
    repeated: int = 0  # keys that a server's table has more than once; a load lets none in


@dataclass(frozen=True, slots=True)
class Alert:
    """来源告警: a register that is not loaded, damaged, in the clear, empty, late or older than a model asks."""

    register: str
    kind: str
    text: str
    models: tuple[str, ...]


def source_alerts(
    models: Iterable[Model], registers: Mapping[str, Register], states: Mapping[str, SourceState], today: dt.date
) -> list[Alert]:
    """The alerts about the registers that these models read.

    Parameters
    ----------
    models : those of the run.
    registers : declarations by id.
    states : by register; one that is absent was never loaded.
    today : the day of the run.

    Returns
    -------
    One alert at most a register and kind, in order of register; of kind `weaker` one a column.
    """
    readers: dict[str, list[Model]] = {}
    for model in models:
        for name in model.inputs:
            readers.setdefault(name, []).append(model)
    alerts = []
    for name in sorted(readers):
        found = _alert(registers[name], states.get(name), readers[name], today)
        if found:
            kind, text = found
            alerts.append(Alert(name, kind, text, tuple(model.id for model in readers[name])))
        state = states.get(name)
        if state and state.refused:
            # A person all of whose rows were refused is in no register, and so in no finding.
            title = f"{registers[name].title}（{name}）"
            text = f"{title}的装载中有{state.refused}行被退回而没有读入（含合计行），见退回文件；更正后可再次载入"
            alerts.append(Alert(name, REFUSED, text, tuple(model.id for model in readers[name])))
        for column, text in what_is_lost(registers[name], states.get(name)):
            concerned = tuple(model.id for model in readers[name] if column in model.inputs[name].columns)
            if concerned:
                alerts.append(Alert(name, WEAKER, text, concerned))
    return alerts


def what_is_lost(register: Register, state: SourceState | None) -> list[tuple[str, str]]:
    """The columns that a loaded register lacks, and what cannot be told without them, in Chinese.

    Parameters
    ----------
    register : its columns say in `without` what is lost.
    state : None where it was never loaded: then nothing is.
    """
    lost = []
    for name, batches in state.lacking if state else ():
        column = register.columns.get(name)
        if column is not None and column.without:
            some = f"（{batches}个批次）" if batches else ""
            lost.append((name, f"{register.title}（{register.id}）没有“{column.label}”列{some}：{column.without}"))
    return lost


def _alert(
    register: Register, state: SourceState | None, models: list[Model], today: dt.date
) -> tuple[str, str] | None:
    title = f"{register.title}（{register.id}）"
    if state is None or state.loaded_on is None:
        return "missing", f"{title}从未载入"
    if state.damaged:
        return "damaged", f"{title}{_told(state)}"
    if state.clear:
        return "clear", f"{title}{_told(state)}"
    absent = [column for column in state.absent if any(column in m.inputs[register.id].columns for m in models)]
    if absent:
        return "columns", f"{title}的表没有模型要读的列：{'、'.join(absent)}；请按台账声明补上（没有数据的列可以为空）"
    if state.repeated:
        key = "、".join(register.columns[name].label for name in register.key)
        return (
            "repeated",
            f"{title}的表中有{state.repeated}个主键（{key}）出现多次，这些行会被重复计算；请先在源库中去重",
        )
    if state.rows == 0:
        return "empty", f"{title}已载入但没有一行"
    if register.rhythm != "once":
        due = state.loaded_on + dt.timedelta(days=_DAYS[register.rhythm] + register.grace_days)
        if today > due:
            return "late", f"{title}最近一次载入是{state.loaded_on}，应在{due}前再次载入"
    asked = min(model.inputs[register.id].freshness_days for model in models)
    if state.latest is not None and (today - state.latest).days > asked:
        return "stale", f"{title}最近的数据到{state.latest}，超过模型要求的{asked}天"
    return None


def _told(state: SourceState) -> str:
    if state.clear:
        return (
            f"的{'、'.join(state.clear)}列含未经散列的证件号、姓名、账号或电话，所以不读取；请先以本单位密钥散列后再提供"
            "（确属流水号的列，在台账声明中注明 role: serial）"
        )
    more = f"等{len(state.damaged)}个" if len(state.damaged) > 1 else ""
    return f"的数据文件缺失或与载入时的SHA-256不符（{state.damaged[0]}{more}），请撤销该批次后重新载入"


def why_damaged(names: Iterable[str], states: Mapping[str, SourceState], registers: Mapping[str, Register]) -> str:
    """What is wrong with the files or tables of these registers, in Chinese; empty where nothing is."""
    return "；".join(
        f"{registers[name].title}（{name}）{_told(states[name])}"
        for name in sorted(set(names))
        if name in states and (states[name].damaged or states[name].clear)
    )


def why_not_run(
    model: Model, states: Mapping[str, SourceState], registers: Mapping[str, Register], today: dt.date
) -> str:
    """Why a model cannot be run today, in Chinese; empty where it can."""
    if model.status == "deprecated":
        return "模型已停用"
    if (model.valid_from and today < model.valid_from) or (model.valid_to and today > model.valid_to):
        return f"不在模型有效期内（{model.valid_from}至{model.valid_to or '今'}）"
    lacking = [
        registers[name].title
        for name, given in model.inputs.items()
        if given.required and (name not in states or states[name].rows == 0)
    ]
    if lacking:
        return f"缺少必需的台账：{'、'.join(lacking)}"
    absent = [
        f"{registers[name].title}（{name}）没有{'、'.join(columns)}"
        for name, given in model.inputs.items()
        if name in states and (columns := [column for column in states[name].absent if column in given.columns])
    ]
    return f"表中缺少要读的列：{'；'.join(absent)}" if absent else ""
