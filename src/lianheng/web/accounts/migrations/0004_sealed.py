"""Second factors are sealed at rest; one-time codes end."""

from django.db import migrations, models

from lianheng.web.accounts.sealing import factor_of, seal


def seal_what_is_there(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    for user in User.objects.exclude(totp_secret=""):
        User.objects.filter(pk=user.pk).update(totp_secret=seal(user.totp_secret, factor_of(user.pk)))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_session")]

    operations = [
        migrations.AlterField("user", "totp_secret", models.CharField(blank=True, max_length=200)),
        migrations.AddField("user", "code_expires", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(seal_what_is_there, migrations.RunPython.noop),
    ]
