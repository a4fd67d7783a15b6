from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_first")]

    operations = [
        migrations.AddField(
            model_name="trailhead", name="standing", field=models.CharField(db_default="", max_length=12)
        ),
    ]
