"""What a person may be called on a page: a name, not a formula, not markup."""

LONGEST = 40
NAME_RULE = f"姓名最多 {LONGEST} 个字，以文字开头，只用文字、数字、空格和 · . - _ （ ）"
_MARKS = frozenset(" ·•.-_()（）")


def name_problem(name: str) -> str | None:
    """Return why this cannot be a person's name, or None."""
    fits = len(name) <= LONGEST and name[:1].isalnum() and all(sign.isalnum() or sign in _MARKS for sign in name)
    return None if fits else NAME_RULE
