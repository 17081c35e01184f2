"""Keep of a user what Django's user model does not: the subject he brought along, and metadata."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0013_audit_event_actor_application"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UserProfile",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="authhub_profile",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        help_text="The sub that the user brought along, for example auth0|59c1e3f0. "
                        "Empty: made by authhub.",
                        max_length=255,
                        null=True,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[\\x21-\\x7e]+\\Z", "Use printable ASCII characters without blanks."
                            )
                        ],
                        verbose_name="user id",
                    ),
                ),
                ("email_verified", models.BooleanField(default=False, verbose_name="e-mail address verified")),
                (
                    "user_metadata",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="What the user may know and change.",
                        verbose_name="user metadata",
                    ),
                ),
                (
                    "app_metadata",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="What only applications and rules know.",
                        verbose_name="application metadata",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
            ],
            options={"verbose_name": "user profile", "verbose_name_plural": "user profiles"},
        ),
    ]
