"""Let an application act with at most the rights of a person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0018_delegation_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="applicationprofile",
            name="administrator",
            field=models.ForeignKey(
                blank=True,
                help_text="What it changes through the administrative APIs, this person must be allowed to change, too.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="acts with at most the rights of",
            ),
        ),
    ]
