from django.db import migrations
from django.db.migrations.state import StateApps
from django.db.models import Q


def show(apps: StateApps, _: object) -> None:
    """Units were shown what is published, what is in its notice period, and what somebody objected to."""
    run, objection = apps.get_model("assessment", "ResultRun"), apps.get_model("assessment", "Objection")
    public = Q(current=True, round__state__in=["notice", "published", "locked"])
    objected = Q(pk__in=objection.objects.values("result__run"))
    rows = run.objects.filter(public | objected | Q(in_force=True) | Q(published_on__isnull=False))
    run.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(shown=True)


class Migration(migrations.Migration):
    dependencies = [("assessment", "0006_runs_shown")]
    operations = [migrations.RunPython(show, migrations.RunPython.noop)]
