"""Run inside an office's settings: a city before its first year. Real places, two schools, the people of a round.

What `bin/up` would find in a young office: divisions, profile, published standards, institutions, accounts. No scheme,
no round: those are made in the browser.
"""

import datetime as dt
from pathlib import Path

import django

PASSWORD = "qing-lian-2026"
FROM = dt.date(2026, 1, 1)
CITY = "4304"
SCHOOLS = {
    "school": ("X430421-001", "西渡镇演示第一中学", "430421100"),
    "rival": ("X430424-001", "洣水镇演示中学", "430424100"),
}


def main() -> None:
    from lianheng.web.accounts.roles import Role

    units = _found_places()
    for username, name, role, where in (
        ("office", "演示专班甲", Role.SPECIAL_OFFICE, {"division": CITY}),
        ("office2", "演示专班乙", Role.SPECIAL_OFFICE, {"division": CITY}),
        ("leader", "演示领导", Role.LEADING_GROUP, {"division": CITY}),
        ("school", "演示校办主任", Role.UNIT_ADMIN, {"institution_id": units["school"]}),
        ("rival", "演示另一校办主任", Role.UNIT_ADMIN, {"institution_id": units["rival"]}),
        *((f"assessor{n}", f"演示考评员{n}", Role.ASSESSOR, {"division": CITY}) for n in (1, 2, 3)),
    ):
        _make_person(username, name, role, where)


def _found_places() -> dict[str, int]:
    import lianheng.library
    from lianheng.library.catalogue import shipped
    from lianheng.web.standards import services as standards
    from lianheng.web.units.institution_data import InstitutionData
    from lianheng.web.units.institution_sheet import SheetRow
    from lianheng.web.units.models import Institution
    from lianheng.web.units.services import import_institutions, load_city_profile, load_divisions

    library = Path(lianheng.library.__file__).parent
    load_divisions(actor=None, path=library / "divisions" / "hengyang-430400.csv.gz", date=FROM)
    load_city_profile(actor=None, path=library / "profiles" / "hengyang.yaml", is_demo=True)
    draft = standards.load_catalogue(actor=None, folder=shipped("hengyang"))
    standards.publish_catalogue(actor=None, catalogue_id=draft.pk, revision=draft.revision)
    rows = [
        SheetRow(
            number, InstitutionData(code=code, name=name, division=place, unit_type="school", list_code="X", parent="")
        )
        for number, (code, name, place) in enumerate(SCHOOLS.values(), start=2)
    ]
    import_institutions(actor=None, rows=rows, file_name="学校.xlsx", sha256="0" * 64, valid_from=FROM)
    return {username: Institution.objects.get(code=code).pk for username, (code, _, _) in SCHOOLS.items()}


def _make_person(username: str, name: str, role: str, where: dict[str, object]) -> None:
    from lianheng.web.accounts.services import create_account, grant_role

    user = create_account(
        actor=None,
        username=username,
        name=name,
        password=PASSWORD,
        institution_id=where.get("institution_id"),
        is_demo=True,
        must_change_password=False,
    )
    grant_role(actor=None, user_id=user.pk, role=role, valid_from=FROM, **where)


if __name__ == "__main__":
    django.setup()
    main()
