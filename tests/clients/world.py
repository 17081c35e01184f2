"""
What the libraries find at the issuer: ExampleCo's people and APIs, and an application for each kind of library.

Run as a program in the issuer's environment (`python -m tests.clients.world ADDRESSES`, as JSON), it prints all of it.
"""

import json
import os
import sys
from typing import Any

import django

CALLBACK = "https://app.example.com/callback"
"""Where applications are called back whose tests read the address that a browser would go to."""
AFTER_LOGOUT = "https://app.example.com/after-logout"
AUTH0_AUDIENCE = "https://api.exampleco.com/expenses"
"""An API whose tokens have Auth0's own format; those of the demo's API follow RFC 9068."""
TRAVEL_AUDIENCE = "https://api.exampleco.com/travel"


def main(addresses: dict[str, str]) -> dict[str, Any]:
    """Migrate, seed and register; return identifiers, passwords and secrets."""
    from django.conf import settings
    from django.core.management import call_command

    from authhub_site.exampleco import email_of
    from authhub_site.seeding import seed

    call_command("migrate", verbosity=0, interactive=False)
    credentials = seed(base_url=settings.ISSUER.rstrip("/"))
    return {
        "audience": settings.TIMESHEETS_AUDIENCE,
        "auth0_audience": AUTH0_AUDIENCE,
        "people": {
            key: {"username": email_of(key), "password": password} for key, password in credentials.passwords.items()
        },
        "applications": {
            **_applications(addresses),
            "management": {
                "client_id": credentials.client_ids["management"],
                "client_secret": credentials.client_secrets["management"],
            },
        },
    }


def _applications(addresses: dict[str, str]) -> dict[str, Any]:
    from django.conf import settings

    from authhub.models import ApplicationType, GrantType, ResourceServer

    web = {"application_type": ApplicationType.REGULAR_WEB, "redirect_uris": [CALLBACK], "logout_uris": [AFTER_LOGOUT]}
    signs_in = [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN]
    spa = {
        "application_type": ApplicationType.SPA,
        "redirect_uris": [addresses["spa"] + "/"],
        "allowed_origins": [addresses["spa"]],
        "logout_uris": [addresses["spa"] + "/"],
    }
    specifications: dict[str, dict[str, Any]] = {
        "web": web,
        "native": {**web, "application_type": ApplicationType.NATIVE},
        "without_pkce": {**web, "require_pkce": False},
        "legacy": {**web, "grant_types": [*signs_in, GrantType.IMPLICIT]},
        "password": {**web, "grant_types": [*signs_in, GrantType.PASSWORD]},
        "job": {"application_type": ApplicationType.MACHINE_TO_MACHINE},
        "api": {"application_type": ApplicationType.MACHINE_TO_MACHINE},
        "spa": spa,
        "spa_with_leeway": {**spa, "settings": {"refresh_token_leeway_seconds": 10}},
        "express": {
            "application_type": ApplicationType.REGULAR_WEB,
            "redirect_uris": [addresses["express"] + "/callback"],
            "logout_uris": [addresses["express"]],
            "backchannel_logout_uri": addresses["express"] + "/backchannel-logout",
        },
        "express_form_post": {
            "application_type": ApplicationType.REGULAR_WEB,
            "redirect_uris": [addresses["express_form_post"] + "/callback"],
            "logout_uris": [addresses["express_form_post"]],
            "grant_types": [GrantType.IMPLICIT],
        },
    }
    made = {key: _register(key, **specification) for key, specification in specifications.items()}
    timesheets = ResourceServer.objects.get(identifier=settings.TIMESHEETS_AUDIENCE)
    timesheets.introspection_client = made["api"].application
    timesheets.save()
    _give_machine_access(made["job"].application, timesheets, "batch:upload")
    _give_machine_access(made["job"].application, _auth0_api(), "read:timesheets")
    _something_to_deploy()
    return {
        key: {"client_id": registered.application.client_id, "client_secret": registered.client_secret}
        for key, registered in made.items()
    }


def _register(name: str, **specification: Any) -> Any:
    from authhub.oauth.registration import register_application

    return register_application(name=name, reason="tests of client libraries", **specification)


def _auth0_api() -> Any:
    from authhub.models import Permission, ResourceServer, TokenDialect
    from authhub.rbac import administration

    api = ResourceServer(
        name="Expenses API",
        identifier=AUTH0_AUDIENCE,
        token_dialect=TokenDialect.ACCESS_TOKEN,
        allow_offline_access=True,
        enforce_policies=False,
    )
    administration.create_record(api, by=None, reason="tests of client libraries")
    for value in ("read:timesheets", "approve:timesheets"):
        permission = Permission(resource_server=api, value=value, description=value)
        administration.create_record(permission, by=None, reason="tests of client libraries")
    return api


def _something_to_deploy() -> None:
    """Make what the tests of auth0-deploy-cli change and delete: an API, a role and two applications."""
    from authhub.models import ApplicationType, Permission, ResourceServer, Role
    from authhub.rbac import administration

    api = ResourceServer(name="Travel API", identifier=TRAVEL_AUDIENCE)
    administration.create_record(api, by=None)
    for value in ("read:trips", "book:trips"):
        administration.create_record(Permission(resource_server=api, value=value), by=None)
    for name in ("Traveller", "Travel agent"):
        role = administration.create_record(Role(name=name), by=None)
        permission = api.permissions.get(value="read:trips")
        administration.add_permission_to_role(role=role, permission=permission, by=None)
    for name in ("Travel job", "Travel job of old"):
        machine = _register(name, application_type=ApplicationType.MACHINE_TO_MACHINE)
        _give_machine_access(machine.application, api, "read:trips")


def _give_machine_access(application: Any, api: Any, *values: str) -> None:
    from authhub.models import SubjectType
    from authhub.rbac import administration

    administration.give_client_grant(
        application=application,
        resource_server=api,
        subject_type=SubjectType.CLIENT,
        permissions=list(api.permissions.filter(value__in=values)),
        by=None,
        reason="tests of client libraries",
    )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.clients.settings"
    django.setup()
    json.dump(main(json.loads(sys.argv[1])), sys.stdout)
