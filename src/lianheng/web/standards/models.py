"""Catalogues: unit type → category → item, with problem descriptions, versions and crosswalks; the document library."""

from django.db import models


class Catalogue(models.Model):
    """标准目录: one version of a city's standards, frozen by its fingerprint when published."""

    DRAFT, PUBLISHED, SUPERSEDED = "draft", "published", "superseded"
    STATES = [(DRAFT, "草稿"), (PUBLISHED, "已发布"), (SUPERSEDED, "已被替代")]

    code = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=STATES, default=DRAFT)
    fingerprint = models.CharField(max_length=64)
    source = models.CharField(max_length=300)
    # The whole content as loaded, canonical: the rows below are made from it and nothing else.
    content = models.JSONField()
    # What every page needs of it: marks, seeds, topics, day of effect.
    head = models.JSONField(default=dict)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    # Old item code → new codes with the reason, and the list of changes against `based_on`.
    crosswalk = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    # Who made the draft never publishes it; nobody where the command line did.
    drafted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    drafted_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="catalogue_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class StandardList(models.Model):
    """标准清单: the list of one kind of body, 100 points."""

    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="lists")
    code = models.CharField(max_length=2)
    name = models.CharField(max_length=40)
    unit_type = models.CharField(max_length=20)
    lead_department = models.CharField("牵头部门", max_length=80)
    points = models.DecimalField(max_digits=5, decimal_places=1)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["catalogue", "code"], name="standard_list_once")]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """标准类别: second menu level, with its short form (顺口溜)."""

    standard_list = models.ForeignKey(StandardList, models.CASCADE, related_name="categories")
    code = models.CharField(max_length=8)
    name = models.CharField(max_length=40)
    points = models.DecimalField(max_digits=5, decimal_places=1)
    mnemonic = models.CharField("短句", max_length=24)
    mnemonic_mark = models.CharField(max_length=20, default="draft")
    mark = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["standard_list", "code"], name="category_once")]


class Item(models.Model):
    """标准条目: standard text, problem descriptions, lead department, evidence asked, points and rule."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="items")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    standard = models.TextField("标准内容")
    lead_department = models.CharField("牵头部门", max_length=80)
    evidence = models.CharField("佐证要求", max_length=200)
    points = models.DecimalField(max_digits=5, decimal_places=1)
    # The declared form of the scoring engine: parts, variables, measures.
    rule = models.JSONField()
    tags = models.JSONField(default=list)
    mark = models.CharField(max_length=20)
    source = models.CharField(max_length=300, blank=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["category", "code"], name="item_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProblemDescription(models.Model):
    """问题描述: a coded way in which an item is missed; later a finding's type."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="problems")
    code = models.CharField(max_length=16)
    text = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]


class NegativeItem(models.Model):
    """负面清单条目: an event that caps the grade, deducts or is shown only; counted only when confirmed."""

    standard_list = models.ForeignKey(StandardList, models.CASCADE, related_name="negatives")
    code = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    confirmed_by = models.CharField("认定依据", max_length=120)
    effect = models.CharField(max_length=12)
    cap = models.CharField(max_length=10, blank=True)
    points = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    # The item that this row belongs to, where it is the veto part of one.
    item = models.CharField(max_length=12, blank=True)
    mark = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]


class PolicyDocument(models.Model):
    """制度文件: a document of the city's 1+1+7+2 set; standards rest on its clauses."""

    OPINION, PLAN, UNIT_PROGRAMME, SUPPORTING = "opinion", "plan", "unit_programme", "supporting"
    KINDS = [(OPINION, "实施意见"), (PLAN, "工作方案"), (UNIT_PROGRAMME, "单元实施方案"), (SUPPORTING, "配套制度")]

    slot = models.CharField("位置", max_length=30, unique=True)
    kind = models.CharField(max_length=16, choices=KINDS)
    unit_type = models.CharField(max_length=20, blank=True)
    title = models.CharField("标题", max_length=120)
    number = models.CharField("文号", max_length=40, blank=True)
    issuer = models.CharField("发文机关", max_length=60, blank=True)
    issued = models.DateField("发文日期", null=True, blank=True)
    supersedes = models.CharField(max_length=120, blank=True)
    evidence = models.ForeignKey("evidence.EvidenceFile", models.PROTECT, null=True, blank=True, related_name="+")
    filename = models.CharField(max_length=160, blank=True)
    filed = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class ClauseLink(models.Model):
    """条款依据: the clause of a document on which an item rests.

    `item_code` is the code of an item, or of a category whose items all rest on the clause. A code, not a row: the link
    holds for every version that carries the code.
    """

    document = models.ForeignKey(PolicyDocument, models.PROTECT, related_name="links")
    item_code = models.CharField(max_length=12)
    clause = models.CharField("条款", max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "item_code", "clause"], name="clause_link_once")]


class StandardSearch(models.Model):
    """标准检索: an item, a negative row, an indicator or a common rule as search words, the same on both databases."""

    ITEM, NEGATIVE, INDICATOR, RULE = "item", "negative", "indicator", "rule"
    KINDS = [(ITEM, "条目"), (NEGATIVE, "负面情形"), (INDICATOR, "考评指标"), (RULE, "通用规则")]

    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="search_rows")
    kind = models.CharField(max_length=10, choices=KINDS)
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    # The list on which it stands; empty for what belongs to none.
    list_code = models.CharField(max_length=2, blank=True)
    place = models.CharField(max_length=120)
    text = models.TextField()
    # Order of the catalogue.
    order = models.PositiveIntegerField()
    bigrams = models.TextField()
