"""Keep of a user what Auth0's user has and Django's has not: a name as one, a picture, the number of sign-ins."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authhub", "0023_role_is_default")]

    operations = [
        migrations.AddField(
            model_name="userprofile",
            name="name",
            field=models.CharField(
                blank=True, help_text="Empty: the name of the account.", max_length=300, verbose_name="name"
            ),
        ),
        migrations.AddField(
            model_name="userprofile",
            name="nickname",
            field=models.CharField(blank=True, max_length=300, verbose_name="nickname"),
        ),
        migrations.AddField(
            model_name="userprofile",
            name="picture",
            field=models.CharField(
                blank=True,
                help_text="An address of a picture.",
                max_length=2048,
                validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                verbose_name="picture",
            ),
        ),
        migrations.AddField(
            model_name="userprofile",
            name="logins_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="sign-ins"),
        ),
    ]
