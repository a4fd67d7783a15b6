from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessment", "0005_disputes_and_form_keys")]
    operations = [migrations.AddField("resultrun", "shown", models.BooleanField(default=False))]
