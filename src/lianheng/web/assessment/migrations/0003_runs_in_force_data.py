from django.db import migrations
from django.db.migrations.state import StateApps


def put_in_force(apps: StateApps, _: object) -> None:
    """What is published counts: the newest run of each published round."""
    run = apps.get_model("assessment", "ResultRun")
    for row in run.objects.filter(current=True, round__state__in=["published", "locked"]).select_related("round"):
        run.objects.filter(pk=row.pk).update(in_force=True, published_on=row.round.published_on)


class Migration(migrations.Migration):
    dependencies = [("assessment", "0002_runs_in_force")]
    operations = [migrations.RunPython(put_in_force, migrations.RunPython.noop)]
