"""可比组: results are compared only within a list or a tier of the evaluation."""

from lianheng.web.units.list_names import LIST_NAMES
from lianheng.web.units.models import Institution

EVALUATION, ORGANS = "E", "J"
AREA_TIERS = {2: "市州", 3: "县（市、区）", 4: "乡镇（街道）", 5: "村（社区）"}
ORGAN_TIERS = {1: "省直机关", 2: "市直机关", 3: "县直机关", 4: "乡镇机关", 5: "村级组织"}
ALL_GROUPS = (
    *(f"{EVALUATION}-area-{tier}" for tier in AREA_TIERS),
    *(f"{EVALUATION}-organ-{tier}" for tier in ORGAN_TIERS),
    *LIST_NAMES,
)


def lists_of(institution: Institution) -> list[str]:
    """Return the codes of the schemes that assess an institution: its list, and for areas and organs the evaluation."""
    codes = [institution.list_code] if institution.list_code else []
    return [*codes, EVALUATION] if institution.is_area or institution.list_code == ORGANS else codes


def group_of(list_code: str, institution: Institution) -> str:
    """Return the peer group of an institution under a scheme."""
    if list_code != EVALUATION:
        return list_code
    return f"E-{'area' if institution.is_area else 'organ'}-{institution.level}"


def group_name(group: str) -> str:
    """Return a peer group's Chinese name."""
    if not group.startswith("E-"):
        return LIST_NAMES.get(group, group)
    _, kind, level = group.split("-")
    return (AREA_TIERS if kind == "area" else ORGAN_TIERS)[int(level)] + "百分制考评"
