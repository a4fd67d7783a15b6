"""模型卡: the reference page of a model, made from its files."""

from __future__ import annotations

from collections.abc import Sequence

from lianheng.engine.redflags.cases import Case
from lianheng.engine.redflags.model import Model

_LEVELS = {"informational": "提示", "low": "低", "medium": "中", "high": "高"}
_KINDS = {"compliance": "合规（违反规定）", "risk": "风险（统计异常）"}
_SHOWS = {
    "flag": "提出",
    "just_under": "恰在界限之下",
    "cannot_tell": "不能判断",
    "false_positive": "误报情形",
    "other": "其他",
}
_MISSING = {"cannot_tell": "不能判断", "clear": "视为正常", "flag": "提出"}


def model_card(model: Model, cases: Sequence[Case], library: str = "models") -> str:
    """The page as Markdown; it changes only when the model's files do.

    Parameters
    ----------
    model : the model.
    cases : its tests.
    library : folder below `lianheng/library` in which the model lies.

    Returns
    -------
    Markdown, ending in a newline.
    """
    parts = [
        f"# {model.id} {model.title}",
        f"Made from `library/{library}/{model.id}/` by `lianheng models show`; do not edit.",
        f"{model.domain} · 第{model.version}版 · {model.status} · 级别{_LEVELS[model.level]} · {_KINDS[model.kind]} · "
        f"单位：{model.unit}" + (" · **涉及个人，限主管机关运行**" if model.people else ""),
        model.purpose,
        "模型给出的是疑点，不是对任何人的结论；须经人工核查。",
        _facts(model),
        "## 数据",
        _table(["台账", "列", "用途", "必需", "时效（天）"], _inputs(model)),
        *_parameters(model),
        *_settings(model),
        "## 何时提出",
        _table(["情形", "说明"], [[code, text] for code, text in model.reasons.items()]),
        f"数据缺失时：{_MISSING[model.missing]}。{model.missing_text}",
        "## 常见误报",
        "\n".join(f"- {text}" for text in model.false_positives),
        *_blind_spots(model),
        "## 如何核查",
        "\n".join(f"- {text}" for text in model.next_steps),
        "## 检验样例",
        _table(["样例", "说明什么"], [[case.name, _SHOWS[case.shows]] for case in cases]),
        "## 查询",
        f"```sql\n{model.query.strip()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _facts(model: Model) -> str:
    lookback = (
        "全部年度"
        if model.lookback_years is None
        else f"当年和前{model.lookback_years}年"
        if model.lookback_years
        else "当年"
    )
    if model.lookahead_years and model.lookback_years is not None:
        lookback += f"和后{model.lookahead_years}年"
    basis = "；".join(
        entry.text + entry.article + (f"（{entry.valid_from}起）" if entry.valid_from else "")
        for entry in model.legal_basis
    )
    rows = [
        ["依据", basis],
        ["有效期", f"{model.valid_from}至{model.valid_to or '今'}"],
        ["负责单位", model.owner],
        ["来源", model.source],
        ["重要性下限", model.materiality],
        ["所读年度", lookback],
        ["下次复审", str(model.review)],
        ["个人信息", "涉及个人" if model.people else f"列：{'、'.join(model.person_columns) or '无'}"],
    ]
    return _table(["项", "内容"], rows)


def _blind_spots(model: Model) -> list[str]:
    if not model.blind_spots:
        return []
    return ["## 看不到的情形", "\n".join(f"- {text}" for text in model.blind_spots)]


def _inputs(model: Model) -> list[list[str]]:
    return [
        [name, ", ".join(f"{column} {type_}" for column, type_ in given.columns.items()), given.purpose,
         "是" if given.required else "否", str(given.freshness_days)]
        for name, given in model.inputs.items()
    ]  # fmt: skip


def _parameters(model: Model) -> list[str]:
    if not model.parameters:
        return []
    words = {"region": "按地区", "day": "按日期"}
    rows = [
        [p.name, p.meaning, f"{p.default}{p.unit}", f"{p.at_least}–{p.at_most}", "、".join(words[w] for w in p.varies)]
        for p in model.parameters.values()
    ]
    return ["## 参数", _table(["参数", "含义", "默认", "范围", "可变"], rows)]


def _settings(model: Model) -> list[str]:
    if not model.settings:
        return []
    return ["## 设置", _table(["设置", "含义"], [[name, meaning] for name, meaning in model.settings.items()])]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)
