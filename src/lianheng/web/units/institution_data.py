"""What a person or a file says about an institution."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InstitutionData:
    """What a person says about an institution; codes stand for divisions and other institutions."""

    code: str
    name: str
    division: str
    unit_type: str = ""
    list_code: str = ""
    ownership: str = ""
    parent: str = ""
    business_line: str = ""
    is_area: bool = False
