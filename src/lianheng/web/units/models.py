"""The tree province–city–county–town–village, and the institutions on it."""

from django.db import models
from django.db.models import Q

from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import visible

# Rows that have not ended; the condition of partial indexes and of every current list.
NOW: Q = Q(valid_to=None)
COLUMN_OF_LEVEL = {1: "province", 2: "city", 3: "county", 4: "town", 5: "village"}


class Division(models.Model):
    """行政区划: one place of the tree; `code` is a prefix path without right padding (2, 4, 6, 9, 12 digits)."""

    PROVINCE, CITY, COUNTY, TOWN, VILLAGE = 1, 2, 3, 4, 5
    LEVELS = [(1, "省"), (2, "市"), (3, "县"), (4, "乡"), (5, "村")]

    code = models.CharField("区划代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=80)
    level = models.PositiveSmallIntegerField("层级", choices=LEVELS)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", db_index=False)
    # Ancestors including itself, so that a subtree is one equality on an indexed column.
    province = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=4, blank=True)
    county = models.CharField(max_length=6, blank=True)
    town = models.CharField(max_length=9, blank=True)
    village = models.CharField(max_length=12, blank=True)
    # Exists for statistics only (development zones): in tables, beside the map, counted once in city totals.
    statistical = models.BooleanField(default=False)
    counted_under = models.CharField("并入统计", max_length=12, blank=True)
    valid_from = models.DateField(default="2023-06-30")
    valid_to = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["parent", "code"], name="division_parent"),
            # Only what exists now, so that "units of a level under X" is read and counted from the index alone.
            models.Index(fields=["level", "code"], name="division_level", condition=NOW),
            models.Index(fields=["province", "level", "code"], name="division_province", condition=NOW),
            models.Index(fields=["city", "level", "code"], name="division_city", condition=NOW),
            models.Index(fields=["county", "level", "code"], name="division_county", condition=NOW),
        ]

    # A division belongs to no line of business and no institution: a grant narrowed by one does not cover it.
    business_line = ""
    institution_id = None

    def __str__(self) -> str:
        return self.name


class DivisionChange(models.Model):
    """区划沿革: renamed, moved, merged or ended, from which day; what was before stays readable."""

    RENAMED, MOVED, MERGED, ENDED, CREATED = "renamed", "moved", "merged", "ended", "created"
    KINDS = [(RENAMED, "更名"), (MOVED, "划转"), (MERGED, "合并"), (ENDED, "撤销"), (CREATED, "设立")]

    division = models.ForeignKey(Division, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=KINDS)
    date = models.DateField("生效日期")
    old_name = models.CharField(max_length=80, blank=True)
    old_parent = models.CharField(max_length=9, blank=True)
    successor = models.CharField(max_length=12, blank=True)
    basis = models.CharField("依据文件", max_length=120)


class UnitType(models.Model):
    """清廉单元: a class of body the programme is split into; configuration of a city, not code."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=20)
    lead_department = models.CharField("牵头部门", max_length=60)
    order = models.PositiveSmallIntegerField(default=0)
    enabled = models.BooleanField("启用", default=True)
    # Lists that institutions of this type may stand on, in order: "Q,M" for enterprises.
    lists = models.CharField(max_length=20)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name


class CityProfile(models.Model):
    """城市配置: which profile this office runs, and whether its data are a demonstration."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    division = models.CharField(max_length=12)
    is_demo = models.BooleanField(default=False)
    office_name = models.CharField("发文机关", max_length=60)
    office_code = models.CharField("机关代字", max_length=12)
    # Lead departments and role layers of the profile's file, as loaded.
    content = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)


class Placed(models.Model):
    """Ancestor columns of a row that belongs to an institution: scope is an equality on one of them."""

    province = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=4, blank=True)
    county = models.CharField(max_length=6, blank=True)
    town = models.CharField(max_length=9, blank=True)
    village = models.CharField(max_length=12, blank=True)
    unit_type = models.CharField("单元类型", max_length=20, blank=True)
    # The line of business that answers for it (条): usually the unit type's own code, e.g. "school".
    business_line = models.CharField("主管条线", max_length=20, blank=True)

    PLACE = ("province", "city", "county", "town", "village", "unit_type", "business_line")

    class Meta:
        abstract = True

    def place_like(self, other: "Placed") -> None:
        """Take the place of the institution that this row belongs to."""
        for column in self.PLACE:
            setattr(self, column, getattr(other, column))


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def visible_to(self, user: User) -> "InstitutionQuerySet":
        """Return the institutions in this person's scope."""
        return self.filter(visible(user, institution="id"))

    def current(self) -> "InstitutionQuerySet":
        return self.filter(NOW)


class Institution(Placed):
    """单位: a body that acts or is assessed: an organ, school, hospital, village committee, firm, site — or an area."""

    SOE, PRIVATE = "soe", "private_firm"
    OWNERSHIP = [(SOE, "国有"), (PRIVATE, "民营")]

    code = models.CharField("单位编码", max_length=24, unique=True)
    name = models.CharField("名称", max_length=80)
    # Pinyin of the name: Chinese names sort the same on every database.
    sort_key = models.CharField(max_length=200, db_index=False)
    # Which standard list it stands on (J X Y C Q M F W P), empty for bodies that are not assessed by a list.
    list_code = models.CharField("清单", max_length=2, blank=True)
    ownership = models.CharField("所有制", max_length=12, choices=OWNERSHIP, blank=True)
    level = models.PositiveSmallIntegerField("层级", choices=Division.LEVELS)
    division = models.ForeignKey(Division, models.PROTECT, related_name="institutions", db_index=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="subordinates")
    is_area = models.BooleanField("地区", default=False)
    valid_from = models.DateField(default="2023-06-30")
    valid_to = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["city", "sort_key", "id"], name="inst_city_name"),
            models.Index(fields=["county", "sort_key", "id"], name="inst_county_name"),
            models.Index(fields=["town"], name="inst_town"),
            models.Index(fields=["village"], name="inst_village"),
            # Lists show what exists now; partial indexes let a page and its count read the index alone.
            models.Index(fields=["province", "sort_key", "id"], name="inst_now_province_name", condition=NOW),
            models.Index(fields=["city", "sort_key", "id"], name="inst_now_city_name", condition=NOW),
            models.Index(fields=["county", "sort_key", "id"], name="inst_now_county_name", condition=NOW),
            models.Index(fields=["town", "sort_key", "id"], name="inst_now_town_name", condition=NOW),
            models.Index(fields=["city", "business_line", "sort_key", "id"], name="inst_now_line_name", condition=NOW),
            models.Index(
                fields=["county", "business_line", "sort_key", "id"], name="inst_now_county_line_name", condition=NOW
            ),
            models.Index(fields=["province", "code"], name="inst_now_province_code", condition=NOW),
            models.Index(fields=["city", "code"], name="inst_now_city_code", condition=NOW),
            models.Index(fields=["county", "code"], name="inst_now_county_code", condition=NOW),
            models.Index(fields=["town", "code"], name="inst_now_town_code", condition=NOW),
            models.Index(fields=["city", "business_line", "code"], name="inst_now_line_code", condition=NOW),
            models.Index(fields=["county", "business_line", "code"], name="inst_now_county_line_code", condition=NOW),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(list_code="Q") | Q(ownership="soe"), name="institution_q_is_state_owned"
            ),
            models.CheckConstraint(
                condition=~Q(list_code="M") | Q(ownership="private_firm"), name="institution_m_private"
            ),
        ]

    @property
    def institution_id(self) -> int:
        """The scope column of this table is its own key."""
        return self.pk

    def __str__(self) -> str:
        return self.name


class InstitutionChange(models.Model):
    """单位沿革: renamed, moved, merged or ended, from which day."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=DivisionChange.KINDS)
    date = models.DateField()
    old = models.JSONField(default=dict)
    successor = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True, related_name="+")
    basis = models.CharField(max_length=120, blank=True)


class InstitutionGram(models.Model):
    """单位名称字对: one pair of neighbouring characters of a name, so that any two characters find it."""

    pk = models.CompositePrimaryKey("gram", "institution_id")
    gram = models.CharField(max_length=4)
    institution = models.ForeignKey(Institution, models.CASCADE, related_name="+")


class InstitutionImport(models.Model):
    """单位导入批次: one Excel file of institutions that was taken in as a whole, and can be taken back as a whole."""

    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField()
    institutions = models.JSONField(default=list)
    undone = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["created_by", "-id"], name="institution_import_by")]
