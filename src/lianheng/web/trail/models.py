"""The trail: an append-only Merkle log of who did what, when; actors, units and subjects are plain identifiers."""

from django.db import models


class TrailEntry(models.Model):
    """办理痕迹: one act, refusal or restricted read; leaf number `seq` of the RFC 6962 tree."""

    DONE, REFUSED, READ = "done", "refused", "read"

    seq = models.BigIntegerField(primary_key=True)
    time = models.DateTimeField()
    actor = models.CharField(max_length=40)
    role = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=80)
    result = models.CharField(max_length=8)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=64, blank=True)
    commitment = models.BinaryField(max_length=32)
    leaf = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "seq"], name="trail_subject"),
            models.Index(fields=["actor", "seq"], name="trail_actor"),
            models.Index(fields=["unit", "seq"], name="trail_unit"),
        ]


class TrailPayload(models.Model):
    """痕迹内容: the details of an entry with their salt; may be erased without breaking the log."""

    entry = models.OneToOneField(TrailEntry, models.DO_NOTHING, primary_key=True, related_name="payload")
    salt = models.BinaryField(max_length=16)
    content = models.TextField()


class TrailNode(models.Model):
    """日志树结点: hash of a complete subtree, kept at every eighth height so that proofs read few rows."""

    height = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["height", "index"], name="trail_node_place")]


class TrailHead(models.Model):
    """日志树头: the one row that every append locks: size and the hashes of the maximal complete subtrees."""

    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")
    # What the database is for good: see trail.standing. Empty: nobody has said it yet.
    standing = models.CharField(max_length=12, db_default="")


class TrailCheckpoint(models.Model):
    """检查点: a signed C2SP note over size and root."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    created = models.DateTimeField()
