"""Give every application that the toolkit already had the profile that its own fields describe."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import migrations
from oauth2_provider.settings import oauth2_settings

BATCH_SIZE = 500
WIRE_NAMES = {
    "authorization-code": ["authorization_code", "refresh_token"],
    "openid-hybrid": ["authorization_code", "refresh_token"],
    "client-credentials": ["client_credentials"],
    "urn:ietf:params:oauth:grant-type:device_code": [
        "urn:ietf:params:oauth:grant-type:device_code",
        "refresh_token",
    ],
}


def application_type(application):
    """Say which of the four kinds an application is: by its secret, its grant, and where its users come back."""
    if application.authorization_grant_type == "client-credentials":
        return "non_interactive"
    if application.client_type == "confidential":
        return "regular_web"
    on_the_web = [urlsplit(uri).scheme == "https" for uri in application.redirect_uris.split()]
    return "spa" if on_the_web and all(on_the_web) else "native"


def make_profiles(apps, schema_editor):
    """Make the missing profiles; safe to run twice."""
    Application = apps.get_model(oauth2_settings.APPLICATION_MODEL)
    ApplicationProfile = apps.get_model("authhub", "ApplicationProfile")
    database = schema_editor.connection.alias
    missing = Application.objects.using(database).filter(authhub_profile=None).order_by("pk")
    while batch := list(missing[:BATCH_SIZE]):
        ApplicationProfile.objects.using(database).bulk_create(
            ApplicationProfile(
                application=application,
                application_type=application_type(application),
                grant_types=WIRE_NAMES.get(application.authorization_grant_type, []),
                is_first_party=application.skip_authorization,
            )
            for application in batch
        )


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(oauth2_settings.APPLICATION_MODEL),
    ]

    operations = [migrations.RunPython(make_profiles, migrations.RunPython.noop)]
