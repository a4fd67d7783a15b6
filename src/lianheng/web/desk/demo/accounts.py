"""The people of the demonstration: one for each role, one password for all, none of them real."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.services import create_account, grant_role
from lianheng.web.desk.demo.places import CITY, XIDU, XIDU_VILLAGE_PREFIX
from lianheng.web.units.models import Division, Institution

DEMO_PASSWORD = "Demo-2026-lh"
FROM = dt.date(2025, 1, 1)
COUNTY = XIDU[:6]
ASSESSORS = 24


@dataclass(frozen=True)
class Person:
    """One demonstration account: who it is, where the right lies, and what a visitor can try with it."""

    username: str
    name: str
    position: str
    role: Role
    division: str = ""
    line: str = ""
    # Name of the institution the person belongs to; `own` narrows the right to it.
    home: str = ""
    own: bool = False
    try_this: str = ""


XIDU_SCHOOL, HENGYANG_HOSPITAL = "衡阳县西渡镇演示中学", "衡阳县演示人民医院"
CITY_EDUCATION, CITY_HEALTH = "衡阳市教育局（演示）", "衡阳市卫生健康局（演示）"
COUNTY_EDUCATION = "衡阳县教育局（演示）"
VILLAGE = "village"  # the first village of 西渡镇 that takes part
CAST = (
    Person(
        "office",
        "演示专班甲",
        "市清廉办综合组",
        Role.SPECIAL_OFFICE,
        CITY,
        try_this="办年度考评：看进度、安排考评人员、退回考评表、答复异议",
    ),
    Person(
        "office2",
        "演示专班乙",
        "市清廉办考评组",
        Role.SPECIAL_OFFICE,
        CITY,
        try_this="审核甲计算的结果；认定甲登记的事件",
    ),
    Person(
        "leader",
        "演示领导",
        "市清廉建设领导小组",
        Role.LEADING_GROUP,
        CITY,
        try_this="看全市排名和通报，公布结果，重开考评",
    ),
    Person(
        "edu",
        "演示教育牵头",
        "清廉学校牵头人",
        Role.LEAD_DEPARTMENT,
        CITY,
        "school",
        CITY_EDUCATION,
        try_this="只看全市学校：名单、考评表、结果",
    ),
    Person(
        "health",
        "演示卫健牵头",
        "清廉医院牵头人",
        Role.LEAD_DEPARTMENT,
        CITY,
        "hospital",
        CITY_HEALTH,
        try_this="只看全市医院",
    ),
    Person(
        "county", "演示县专班", "衡阳县清廉办", Role.SPECIAL_OFFICE, COUNTY, try_this="只看衡阳县：进度、结果、单位"
    ),
    Person("town", "演示镇专班", "西渡镇清廉办", Role.SPECIAL_OFFICE, XIDU, try_this="只看西渡镇"),
    Person(
        "school",
        "演示校办主任",
        "单位管理员",
        Role.UNIT_ADMIN,
        home=XIDU_SCHOOL,
        own=True,
        try_this="填 2026 年考评表，看 2025 年每一分怎么来的",
    ),
    Person("principal", "演示校长", "主要负责人", Role.UNIT_LEADER, home=XIDU_SCHOOL, own=True, try_this="提交考评表"),
    Person(
        "hospital",
        "演示院办主任",
        "单位管理员",
        Role.UNIT_ADMIN,
        home=HENGYANG_HOSPITAL,
        own=True,
        try_this="看医院清单和结果",
    ),
    Person(
        "village",
        "演示村文书",
        "单位管理员",
        Role.UNIT_ADMIN,
        home=VILLAGE,
        own=True,
        try_this="用手机填村（社区）考评表",
    ),
    Person(
        "organ",
        "演示机关办主任",
        "单位管理员",
        Role.UNIT_ADMIN,
        home=COUNTY_EDUCATION,
        own=True,
        try_this="填机关清单和百分制考评两张表",
    ),
    Person(
        "area",
        "演示地区填报员",
        "衡阳县填报员",
        Role.UNIT_ADMIN,
        home="衡阳县",
        own=True,
        try_this="填衡阳县百分制考评表，登记四纳入",
    ),
    Person("third", "演示第三方", "民意调查机构", Role.THIRD_PARTY, CITY, try_this="录入满意度等调查数据"),
    Person("supervision", "演示监督室", "第一监督检查室", Role.SUPERVISION_ROOM, CITY, try_this="登记、认定事件"),
    Person("sysadmin", "演示系统管理员", "信息中心", Role.SYSTEM_ADMIN, try_this="建账号、停用、重置口令"),
    Person("secadmin", "演示安全管理员", "保密办", Role.SECURITY_ADMIN, try_this="授予角色，查“他为什么看得到”"),
    Person("auditor", "演示审计管理员", "审计科", Role.AUDIT_ADMIN, try_this="查办理痕迹、验证日志"),
)
ASSESSOR_LINE = ("assessor01", Role.ASSESSOR.label, "看自己的席位和打分（共 24 人：assessor01—assessor24）")
# What bin/up prints: user name, role, what to try.
DEMO_ACCOUNTS: list[tuple[str, str, str]] = [
    *((person.username, f"{person.name}（{person.role.label}）", person.try_this) for person in CAST),
    (ASSESSOR_LINE[0], f"演示考评员01（{ASSESSOR_LINE[1]}）", ASSESSOR_LINE[2]),
]


@dataclass(frozen=True)
class People:
    """Who acts in the demonstration's years."""

    by_name: dict[str, User]
    assessors: list[User]
    # Who reports: by an institution's code, else by its county's, else the city's.
    reporters: dict[str, User]

    def __getitem__(self, username: str) -> User:
        return self.by_name[username]

    def home(self, username: str) -> int:
        """Return the institution that one of the cast belongs to."""
        found = self.by_name[username].institution_id
        if found is None:
            raise LookupError(f"{username} belongs to no institution")
        return found

    def reporter(self, institution: Institution) -> User:
        """Return who fills in: the institution's own administrator, or the common one of its county or the city."""
        own = self.reporters.get(institution.code)
        return own or self.reporters[institution.county or CITY]


class Register:
    """Makes accounts with one shared hash and gives them their roles."""

    def __init__(self) -> None:
        self.encoded = make_password(DEMO_PASSWORD)

    def account(self, username: str, name: str, position: str, home: Institution | None) -> User:
        return create_account(
            actor=None,
            username=username,
            name=name,
            position=position,
            password=DEMO_PASSWORD,
            institution_id=home.pk if home else None,
            is_demo=True,
            must_change_password=False,
            encoded=self.encoded,
        )

    def grant(self, user: User, role: Role, **where: object) -> None:
        grant_role(actor=None, user_id=user.pk, role=role, valid_from=FROM, **where)  # type: ignore[arg-type]


def make_people() -> People:
    """Make every account and role; the institutions are there."""
    register = Register()
    by_name = {}
    for person in CAST:
        home = _home(person)
        user = register.account(person.username, person.name, person.position, home)
        if person.own and home:
            register.grant(user, person.role, institution_id=home.pk)
        else:
            register.grant(user, person.role, division=person.division, business_line=person.line)
        by_name[person.username] = user
    return People(_fresh(by_name), _assessors(register), _reporters(register, by_name))


def existing_people() -> People:
    """Find the people of a demonstration that is here, as `make_people` made them."""
    made = {user.username: user for user in User.objects.filter(is_demo=True).select_related("institution")}
    assessors = [user for username, user in sorted(made.items()) if username.startswith("assessor")]
    reporters = {CITY: made["reportcity"]}
    own = {person.username for person in CAST if person.own and person.role == Role.UNIT_ADMIN}
    for username, user in made.items():
        if username in own or username.startswith("area"):
            assert user.institution is not None
            reporters[user.institution.code] = user
        elif username.startswith("report") and user != reporters[CITY]:
            reporters[username.removeprefix("report")] = user
    return People({person.username: made[person.username] for person in CAST}, assessors, reporters)


def _home(person: Person) -> Institution | None:
    if person.home == VILLAGE:
        return Institution.objects.filter(town=XIDU_VILLAGE_PREFIX, list_code="C").order_by("code")[0]
    return Institution.objects.get(name=person.home) if person.home else None


def _fresh(people: dict[str, User]) -> dict[str, User]:
    """Read people again: the roles changed their rows."""
    rows = User.objects.select_related("institution").in_bulk([user.pk for user in people.values()])
    return {username: rows[user.pk] for username, user in people.items()}


def _assessors(register: Register) -> list[User]:
    """Half of the assessors come from organs of the counties in turn, half from none: everybody can be assessed."""
    homes = list(Institution.objects.filter(list_code="J", level=Division.COUNTY).order_by("code"))
    people = {}
    for number in range(1, ASSESSORS + 1):
        home = homes[(number * 7) % len(homes)] if number % 2 == 0 else None
        username = f"assessor{number:02d}"
        people[username] = register.account(username, f"演示考评员{number:02d}", "考评人员", home)
        register.grant(people[username], Role.ASSESSOR, division=CITY)
    return list(_fresh(people).values())


def _reporters(register: Register, made: dict[str, User]) -> dict[str, User]:
    """One person a county hands in for the institutions that have no account of their own: one grant a unit type."""
    own_people = [person for person in CAST if person.own and person.role == Role.UNIT_ADMIN]
    homes = Institution.objects.in_bulk([made[person.username].institution_id for person in own_people])
    people = {homes[made[p.username].institution_id].code: made[p.username] for p in own_people}
    lines = sorted(set(Institution.objects.exclude(unit_type="").values_list("unit_type", flat=True)))
    for area in Institution.objects.filter(is_area=True).order_by("code"):
        county = area.county
        short = area.name.removeprefix("湖南衡阳")
        user = people[county] = register.account(f"report{county}", f"演示{short}统一填报员", "统一填报", None)
        for line in lines:
            register.grant(user, Role.UNIT_ADMIN, division=county, business_line=line)
        if area.code in people:
            continue
        own = people[area.code] = register.account(f"area{county}", f"演示{short}填报员", "地区填报员", area)
        register.grant(own, Role.UNIT_ADMIN, institution_id=area.pk)
    city = people[CITY] = register.account("reportcity", "演示市直统一填报员", "统一填报", None)
    register.grant(city, Role.UNIT_ADMIN, division=CITY, business_line="organ")
    return _fresh(people)
