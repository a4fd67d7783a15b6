"""The nine lists by name: a reader meets "学校（X）", never a bare letter."""

LIST_NAMES = {
    "J": "机关",
    "X": "学校",
    "Y": "医院",
    "C": "村（社区）",
    "Q": "国有企业",
    "M": "民营企业",
    "F": "家庭建设项目",
    "W": "文化阵地",
    "P": "园区",
}


def list_label(code: str) -> str:
    """Return a list's name with its letter; a letter that is no list stays as it is."""
    return f"{LIST_NAMES[code]}（{code}）" if code in LIST_NAMES else code


def part_label(code: str) -> str:
    """Return what a sample or a sheet was drawn from: a list, or the 100-point evaluation."""
    return f"百分制考评（{code}）" if code == "E" else list_label(code)


def list_labels(codes: str) -> str:
    """Return the labels of several lists, given as letters with commas."""
    return "、".join(list_label(code) for code in codes.split(",") if code)
