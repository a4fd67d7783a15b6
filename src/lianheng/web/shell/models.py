"""Background work as people see it: who asked for what, how far it is, how it ended."""

from django.db import models


class Job(models.Model):
    """后台作业: one piece of work over two seconds, done by the worker; its writing is one transaction."""

    QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
    STATES = [(QUEUED, "排队中"), (RUNNING, "进行中"), (DONE, "已完成"), (FAILED, "未完成"), (CANCELLED, "已取消")]
    OPEN = (QUEUED, RUNNING)

    room = models.CharField(max_length=20)
    kind = models.CharField(max_length=60)
    title = models.CharField("事项", max_length=120)
    state = models.CharField(max_length=10, choices=STATES, default=QUEUED)
    arguments = models.JSONField(default=dict)
    # Kept up to date in a file while the work runs (see jobs.py), written here when it ends.
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    result_url = models.CharField(max_length=300, blank=True)
    message = models.CharField(max_length=500, blank=True)
    # What a dry run found: small, for the page that shows it and leads on.
    findings = models.JSONField(default=dict)
    # A plain number: accounts lies above shell.
    asked_by = models.BigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField()
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="job_asker"),
            models.Index(fields=["state"], name="job_state"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class WorkdayYear(models.Model):
    """工作日历年度: one year's holidays and make-up workdays as the office loaded them; it goes before all others."""

    year = models.PositiveSmallIntegerField("年度", primary_key=True)
    source = models.CharField("依据", max_length=120)
    holidays = models.JSONField("放假", default=list)
    workdays = models.JSONField("调休上班", default=list)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    # A plain number: accounts lies above shell; none for the command line.
    loaded_by = models.BigIntegerField(null=True)
    loaded = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.year} 年工作日历"
