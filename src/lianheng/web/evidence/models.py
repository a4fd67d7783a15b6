"""Files stored once by content, and what they prove."""

from django.db import models

from lianheng.web.units.models import Placed


class EvidenceFile(models.Model):
    """佐证文件: one content, stored once under its SHA-256 outside the database."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=80)
    created = models.DateTimeField()


class Evidence(Placed):
    """佐证材料: a file handed in by an institution under a title; reused wherever it proves something."""

    institution = models.ForeignKey("units.Institution", models.PROTECT, related_name="evidence")
    file = models.ForeignKey(EvidenceFile, models.PROTECT, related_name="uses")
    title = models.CharField("名称", max_length=120)
    filename = models.CharField(max_length=160)
    # The day that the document itself bears.
    dated = models.DateField("材料日期", null=True, blank=True)
    uploaded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    created = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "file"], name="evidence_once_per_institution")]
        indexes = [
            models.Index(fields=["institution", "id"], name="evidence_institution"),
            models.Index(fields=["city", "id"], name="evidence_city"),
            models.Index(fields=["county", "id"], name="evidence_county"),
            models.Index(fields=["town", "id"], name="evidence_town"),
            models.Index(fields=["city", "business_line", "id"], name="evidence_line"),
        ]

    def __str__(self) -> str:
        return self.title
