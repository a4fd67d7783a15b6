"""The joint of the house: a number with a code, a unit, a period, a value, a source and the way back to its rows."""

from django.db import models

from lianheng.web.units.models import Placed


class Measure(models.Model):
    """指标数据项: the registry entry of a number that a room can count or a form asks for."""

    NUMBER, YES_NO, GRADE, INDEX = "number", "yes_no", "grade", "index"
    KINDS = [(NUMBER, "数量"), (YES_NO, "有无"), (GRADE, "等次"), (INDEX, "指数")]

    code = models.CharField(max_length=60, primary_key=True)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField(max_length=8, choices=KINDS, default=NUMBER)
    room = models.CharField("来源模块", max_length=20)
    # The standard item that asks for it, e.g. "X4.1"; empty for numbers that a room counts by itself.
    item = models.CharField(max_length=12, blank=True)
    # The denominator of which this number is declared a part: it may not be larger.
    part_of = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.name


class MeasureValue(Placed):
    """数据值: one value of one measure for one institution and period, with source and date."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="values")
    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="measure_values")
    # "2025", "2025Q3", "2025H1" or "2025-07".
    period = models.CharField("期间", max_length=7)
    # Canonical text: a decimal number, "A".."D", "yes" or "no"; empty means asked for and not given.
    value = models.CharField("数值", max_length=24, blank=True)
    source = models.CharField("来源", max_length=120)
    as_of = models.DateField("数据日期")
    entered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    evidence = models.ManyToManyField("evidence.Evidence", blank=True, related_name="values")
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "period", "measure"], name="measure_value_once"),
        ]
        indexes = [
            models.Index(fields=["period", "measure", "city"], name="measure_value_period"),
            # What was changed since a year was computed, among its hundreds of thousands.
            models.Index(fields=["city", "period", "entered_at"], name="measure_value_entered"),
        ]


class RecheckDraw(models.Model):
    """复核抽样: the draw of values to look at again; seed and population are kept, so that anyone can repeat it."""

    period = models.CharField("期间", max_length=7)
    # A list or a category of it: the beginning of item codes, e.g. "X" or "X4".
    part = models.CharField("范围", max_length=8)
    division = models.CharField(max_length=12)
    seed = models.CharField("随机种子", max_length=64)
    population = models.PositiveIntegerField("总体")
    population_sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("样本")
    drawn_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        # One draw a period and part: nobody draws again until the sample pleases.
        constraints = [models.UniqueConstraint(fields=["division", "period", "part"], name="recheck_draw_once")]


class Recheck(Placed):
    """复核抽查: a value looked at again on the spot; over 10 % error the re-checked value counts for the year."""

    draw = models.ForeignKey(RecheckDraw, models.PROTECT, null=True, related_name="rechecks")
    value = models.ForeignKey(MeasureValue, models.PROTECT, related_name="rechecks")
    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    reported = models.CharField(max_length=24)
    found = models.CharField(max_length=24, blank=True)
    checked_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)
    replaces = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "value"], name="recheck_once_a_draw")]


class ValueImport(models.Model):
    """数据导入批次: one Excel file of values that was taken in as a whole, and can be taken back as a whole."""

    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    period = models.CharField("期间", max_length=7)
    list_code = models.CharField("清单", max_length=2)
    # In which state the year stood: in another one the import can no longer be taken back.
    year_state = models.CharField(max_length=20, blank=True)
    # [value id, revision after, what stood there before (value, source, date, person) or null, value after]
    changes = models.JSONField(default=list)
    created_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    created = models.DateTimeField()
    undone = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_by", "-id"], name="value_import_by"),
            # Their changes are long texts: what was taken back is found without reading them.
            models.Index(fields=["period", "undone", "created"], name="value_import_undone"),
        ]
