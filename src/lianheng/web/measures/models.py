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
        indexes = [models.Index(fields=["period", "measure", "city"], name="measure_value_period")]


class Recheck(Placed):
    """复核抽查: a value looked at again on the spot; over 10 % error the re-checked value counts for the year."""

    value = models.ForeignKey(MeasureValue, models.PROTECT, related_name="rechecks")
    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    reported = models.CharField(max_length=24)
    found = models.CharField(max_length=24, blank=True)
    checked_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)
    replaces = models.BooleanField(default=False)
