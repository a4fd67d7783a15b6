"""The assessment year: schemes, rounds, sheets, scores, results, objections and what follows from them."""

from typing import Any

from django.db import models

from lianheng.web.units.models import Placed


class Scheme(models.Model):
    """考评方案: one list or the 100-point evaluation in the declared form, frozen by fingerprint when published."""

    DRAFT, PUBLISHED = "draft", "published"
    STATES = [(DRAFT, "草稿"), (PUBLISHED, "已发布")]

    code = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    list_code = models.CharField("清单", max_length=2)
    name = models.CharField("名称", max_length=80)
    content = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    catalogue = models.ForeignKey("standards.Catalogue", models.PROTECT, null=True, related_name="schemes")
    state = models.CharField(max_length=12, choices=STATES, default=DRAFT)
    # Who drafted it does not publish it; schemes from before this was kept have nobody here.
    drafted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    drafted_on = models.DateField(null=True)
    published_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "year", "version"], name="scheme_version_once")]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """考评年度: one year's assessment of a city, from launch to lock."""

    DRAFT, LAUNCHED, ASSESSING, MODERATING = "draft", "launched", "assessing", "moderating"
    COMPUTED, REVIEWED, NOTICE, PUBLISHED, LOCKED = "computed", "reviewed", "notice", "published", "locked"
    STATES = [
        (DRAFT, "筹备"),
        (LAUNCHED, "单位自评"),
        (ASSESSING, "考评打分"),
        (MODERATING, "分差复核"),
        (COMPUTED, "已计算"),
        (REVIEWED, "已审核"),
        (NOTICE, "公示中"),
        (PUBLISHED, "已公布"),
        (LOCKED, "已归档"),
    ]

    year = models.PositiveSmallIntegerField("年度", unique=True)
    name = models.CharField("名称", max_length=80)
    division = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=STATES, default=DRAFT)
    catalogue = models.ForeignKey("standards.Catalogue", models.PROTECT, related_name="rounds")
    schemes = models.ManyToManyField(Scheme, related_name="rounds")
    self_score_due = models.DateField("自评截止")
    late_days = models.PositiveSmallIntegerField("补报工作日", default=3)
    assess_due = models.DateField("打分截止")
    objection_due = models.DateField("异议截止", null=True, blank=True)
    launched_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    computed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    published_on = models.DateField(null=True)
    revision = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Sheet(Placed):
    """考评表: what one institution hands in for one scheme and period; the submission key of the round."""

    OPEN, SUBMITTED, RETURNED = "open", "submitted", "returned"
    STATES = [(OPEN, "待自评"), (SUBMITTED, "已提交"), (RETURNED, "已退回")]

    round = models.ForeignKey(Round, models.PROTECT, related_name="sheets")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="sheets")
    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="sheets")
    period = models.CharField(max_length=7)
    name = models.CharField(max_length=80)
    sort_key = models.CharField(max_length=200)
    list_code = models.CharField(max_length=2)
    # Peer group within which results are compared: a list, or the tier of the evaluation.
    group = models.CharField("可比组", max_length=20)
    state = models.CharField(max_length=10, choices=STATES, default=OPEN)
    due = models.DateField("截止日期")
    late = models.BooleanField(default=False)
    self_points = models.JSONField(default=dict)
    submitted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    # The two assessors differ too much on some item: a third person decides. Set when the second of them finishes.
    disputed = models.BooleanField(default=False)
    return_reason = models.CharField(max_length=200, blank=True)
    reminders = models.PositiveSmallIntegerField("催办次数", default=0)
    reminded_on = models.DateField(null=True)
    revision = models.PositiveIntegerField(default=0)

    # Kind and term of the year's confirmed events where the sheet's own query brought them: `queries.hits_of`.
    hits: Any = None

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "scheme", "institution", "period"], name="sheet_once")]
        indexes = [
            models.Index(fields=["city", "sort_key", "id"], name="sheet_city_name"),
            models.Index(fields=["county", "sort_key", "id"], name="sheet_county_name"),
            models.Index(fields=["town", "sort_key", "id"], name="sheet_town_name"),
            models.Index(fields=["city", "business_line", "sort_key", "id"], name="sheet_line_name"),
            models.Index(fields=["institution", "round"], name="sheet_institution"),
        ]


class Extension(models.Model):
    """延期: a due date moved on request, by somebody else than who asked."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="extensions")
    reason = models.CharField("理由", max_length=200)
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    new_due = models.DateField("申请延至")
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)


class Seat(models.Model):
    """考评席位: assessor 1, 2 or (for moderation) 3 of a sheet; never of the assessor's own unit or county."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField()
    assessor = models.ForeignKey("accounts.User", models.PROTECT, related_name="seats")
    done_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "number"], name="seat_once"),
            models.UniqueConstraint(fields=["sheet", "assessor"], name="seat_one_person_once"),
        ]
        indexes = [models.Index(fields=["assessor", "done_at"], name="seat_assessor")]


class ItemScore(models.Model):
    """打分: the points that one assessor gives one item, with the reason where they leave the computed value."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="scores")
    item = models.CharField(max_length=12)
    points = models.DecimalField(max_digits=6, decimal_places=2)
    computed = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    reason = models.CharField("理由", max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "item"], name="item_score_once")]


class Snapshot(models.Model):
    """数据快照: the measures and events of a period, frozen and hashed; results are computed from it alone."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="snapshots")
    period = models.CharField(max_length=7)
    number = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    # Canonical JSON, gzip with a fixed header: equal content, equal bytes.
    content = models.BinaryField()
    units = models.PositiveIntegerField()
    missing = models.PositiveIntegerField(default=0)
    created = models.DateTimeField()
    created_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "period", "number"], name="snapshot_once")]


class ConfirmedEvent(Placed):
    """认定事件: a D, V, B or N code, or the item of a D part; counts nowhere until another person confirms it."""

    OUTSIDE, SELF, CONCEALED = "outside", "self", "concealed"
    FOUND = [(OUTSIDE, "外部发现"), (SELF, "自查发现"), (CONCEALED, "隐瞒不报")]
    ENTERED, CONFIRMED, REJECTED = "entered", "confirmed", "rejected"
    STATES = [(ENTERED, "待认定"), (CONFIRMED, "已认定"), (REJECTED, "不予认定")]

    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="events")
    kind = models.CharField("事件代码", max_length=12)
    # Which count of the item's D part; D4 names the item that it sets to 0.
    term = models.CharField(max_length=30, blank=True)
    item = models.CharField(max_length=12, blank=True)
    found = models.CharField("发现方式", max_length=10, choices=FOUND)
    mended = models.BooleanField("已整改", default=False)
    days_overdue = models.PositiveIntegerField("逾期天数", null=True, blank=True)
    date = models.DateField("事件日期")
    facts = models.CharField("事实", max_length=300)
    document = models.CharField("认定文书", max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default=ENTERED)
    entered_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    # Names one filled-in form, so that a form sent twice is one event; empty where it came otherwise.
    form_key = models.CharField(max_length=36, blank=True)
    confirmed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["institution", "date"], name="event_institution")]


class ResultRun(models.Model):
    """计算批次: one computation of a round; a reopened round keeps the earlier ones."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="runs")
    number = models.PositiveSmallIntegerField()
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="runs")
    inputs_sha256 = models.CharField(max_length=64)
    # What went into the engine beside the snapshot: judged points, quarters, list scores. Canonical JSON, gzip.
    inputs = models.BinaryField()
    engine_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField()
    computed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    current = models.BooleanField(default=True)
    # The published one: it counts until another run of its year is published, also while a reopened round is corrected.
    in_force = models.BooleanField(default=False)
    published_on = models.DateField("公布", null=True)
    # The units were shown it in a notice period: they may read it for good, also once another run takes its place.
    shown = models.BooleanField(default=False)
    reason = models.CharField("重开理由", max_length=200, blank=True)
    # The zip file with which anybody can compute the run again.
    package = models.ForeignKey("evidence.EvidenceFile", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="result_run_once")]


class Result(Placed):
    """考评结果: the score, grade and place of one institution within its peer group."""

    run = models.ForeignKey(ResultRun, models.PROTECT, related_name="results")
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="results")
    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="results")
    year = models.PositiveSmallIntegerField()
    list_code = models.CharField(max_length=2)
    group = models.CharField("可比组", max_length=20)
    name = models.CharField(max_length=80)
    sort_key = models.CharField(max_length=200)
    # What the engine was given for this one: the explanation is made from it on demand.
    inputs = models.JSONField(default=dict)
    score = models.DecimalField("得分", max_digits=6, decimal_places=2, null=True)
    grade = models.CharField("等级", max_length=10, blank=True)
    place = models.PositiveIntegerField("名次", null=True)
    # Order within the group: the place, behind all places for those without one.
    position = models.PositiveIntegerField(default=999_999)
    group_size = models.PositiveIntegerField(default=0)
    last_year = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    praised = models.BooleanField(default=False)
    interviewed = models.BooleanField(default=False)
    vetoes = models.CharField(max_length=60, blank=True)
    missing = models.PositiveSmallIntegerField(default=0)
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "sheet"], name="result_once")]
        indexes = [
            models.Index(fields=["run", "group", "position", "id"], name="result_rank"),
            models.Index(fields=["city", "run", "group", "position", "id"], name="result_city_rank"),
            models.Index(fields=["county", "run", "group", "position", "id"], name="result_county_rank"),
            models.Index(fields=["town", "run", "group", "position", "id"], name="result_town_rank"),
            models.Index(fields=["institution", "year"], name="result_institution"),
        ]


class Objection(models.Model):
    """异议: raised by the institution against an item or the result, answered by somebody who did not score."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="objections")
    item = models.CharField("条目", max_length=12, blank=True)
    reason = models.TextField("理由")
    evidence = models.ManyToManyField("evidence.Evidence", blank=True, related_name="+")
    raised_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    due = models.DateField("答复期限")
    upheld = models.BooleanField("采纳", null=True)
    # Upheld: the points that the item is to have when the round is computed again.
    points = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    answer = models.TextField("答复", blank=True)
    answered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)


class OfficialNotice(models.Model):
    """通报: the numbered document that announces a round's results, kept as issued in both forms."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="notices")
    run = models.ForeignKey(ResultRun, models.PROTECT, related_name="notices")
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField("文号", max_length=40)
    title = models.CharField(max_length=120)
    docx = models.ForeignKey("evidence.EvidenceFile", models.PROTECT, related_name="+")
    pdf = models.ForeignKey("evidence.EvidenceFile", models.PROTECT, related_name="+")
    issued_on = models.DateField()
    issued_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "sequence"], name="notice_number_once")]


class Inclusion(Placed):
    """四纳入: proof that integrity work entered one of four other plans of a year; counts with date and document."""

    DEVELOPMENT, TARGETS, RESPONSIBILITY, SURVEY = (
        "development_plan",
        "target_assessment",
        "responsibility_report",
        "survey",
    )
    KINDS = [
        (DEVELOPMENT, "经济社会发展规划"),
        (TARGETS, "目标考核"),
        (RESPONSIBILITY, "落实主体责任报告"),
        (SURVEY, "民意调查与述责述廉"),
    ]

    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="inclusions")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=24, choices=KINDS)
    date = models.DateField("日期", null=True, blank=True)
    evidence = models.ForeignKey("evidence.Evidence", models.PROTECT, null=True, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "year", "kind"], name="inclusion_once")]


class Linkage(models.Model):
    """五挂钩: delivery of a year's results to another assessment on its own scale, with the receipt."""

    CIVILISED, ORDER, PARTY, PERFORMANCE, RURAL = (
        "civilised_city",
        "public_order",
        "party_building",
        "performance",
        "rural",
    )
    KINDS = [
        (CIVILISED, "文明城市创建"),
        (ORDER, "平安建设"),
        (PARTY, "党建考核"),
        (PERFORMANCE, "绩效考核"),
        (RURAL, "乡村振兴考核"),
    ]

    round = models.ForeignKey(Round, models.PROTECT, related_name="linkages")
    run = models.ForeignKey(ResultRun, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=KINDS)
    scale = models.DecimalField("满分", max_digits=6, decimal_places=2)
    office = models.CharField("接收单位", max_length=60)
    sha256 = models.CharField(max_length=64)
    exported_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    exported_at = models.DateTimeField()
    receipt = models.CharField("回执", max_length=120, blank=True)
    receipt_on = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
