"""Let staff roll back to an event."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0029_session_metadata"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="auditevent",
            options={
                "ordering": ["-happened_at", "-pk"],
                "permissions": [("rollback_auditevent", "Can roll back to an event")],
                "verbose_name": "event",
                "verbose_name_plural": "events",
            },
        ),
    ]
