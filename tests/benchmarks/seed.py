"""Fills a site's database for the benchmark and prints, as JSON, the requests that will be sent."""

import json
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.management import call_command


def main(codes: int) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    plan = seed_authhub(codes) if "authhub" in settings.INSTALLED_APPS else seed_bare(codes)
    json.dump(plan, sys.stdout)


def plan(
    *, path: str, machine: dict[str, str], web: dict[str, str], codes: list[str], families: list[str], token: str
) -> Any:
    redirect_uri = "https://client.example/callback"
    return {
        "token_path": path,
        "machine": urlencode({"grant_type": "client_credentials", **machine}),
        "codes": [
            urlencode({"grant_type": "authorization_code", "code": c, "redirect_uri": redirect_uri, **web})
            for c in codes
        ],
        "refresh": urlencode({"grant_type": "refresh_token", **web}),
        "families": families,
        "token": token,
    }


def seed_bare(codes: int) -> Any:
    from django.contrib.auth import get_user_model
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken

    user = get_user_model().objects.create(username="someone")
    later = timezone.now() + timedelta(hours=3)
    secret = "s" * 128
    machine = Application.objects.create(
        name="cron", client_type="confidential", authorization_grant_type="client-credentials", client_secret=secret
    )
    web = Application.objects.create(
        name="web",
        client_type="confidential",
        authorization_grant_type="authorization-code",
        client_secret=secret,
        redirect_uris="https://client.example/callback",
    )
    verifier = "v" * 43
    Grant.objects.bulk_create(
        Grant(
            user=user,
            application=web,
            code=f"code{number}",
            expires=later,
            redirect_uri="https://client.example/callback",
            scope="read",
            code_challenge=challenge_of(verifier),
            code_challenge_method="S256",
        )
        for number in range(codes)
    )
    families = []
    for number in range(8):
        access = AccessToken.objects.create(
            user=user, application=web, token=f"access{number}", expires=later, scope="read"
        )
        RefreshToken.objects.create(user=user, application=web, access_token=access, token=f"refresh{number}")
        families.append(f"refresh{number}")
    AccessToken.objects.create(user=user, application=web, token="protected", expires=later, scope="read")
    return plan(
        path="/oauth/token/",
        machine={"client_id": machine.client_id, "client_secret": secret, "scope": "batch:upload"},
        web={"client_id": web.client_id, "client_secret": secret, "code_verifier": verifier},
        codes=[f"code{number}" for number in range(codes)],
        families=families,
        token="protected",
    )


def seed_authhub(codes: int) -> Any:
    from django.contrib.auth import get_user_model
    from django.utils import timezone
    from oauth2_provider.models import get_access_token_model

    from authhub.models import (
        AuthorizationCode,
        ClientGrant,
        Permission,
        ResourceServer,
        Role,
        RoleAssignment,
        RolePermission,
        TokenFamily,
    )
    from authhub.oauth.authorization_codes import hash_code
    from authhub.oauth.refresh_tokens import save_refresh_token
    from authhub.oauth.registration import register_application
    from authhub.oauth.signing_keys import sign

    user = get_user_model().objects.create(username="someone")
    later = timezone.now() + timedelta(hours=3)
    api = ResourceServer.objects.create(name="Benchmark", identifier="urn:benchmark", allow_offline_access=True)
    read = Permission.objects.create(resource_server=api, value="read")
    upload = Permission.objects.create(resource_server=api, value="batch:upload")
    role = Role.objects.create(name="Reader")
    RolePermission.objects.create(role=role, permission=read)
    RoleAssignment.objects.create(role=role, user=user)
    machine = register_application(name="cron", application_type="non_interactive")
    ClientGrant.objects.create(application=machine.application, resource_server=api).permissions.set([upload])
    web = register_application(
        name="web", application_type="regular_web", redirect_uris=["https://client.example/callback"]
    )
    verifier = "v" * 43

    def family() -> TokenFamily:
        return TokenFamily(
            user=user,
            application=web.application,
            resource_server=api,
            scopes="read offline_access",
            authenticated_at=timezone.now(),
            expires_at=later,
        )

    AuthorizationCode.objects.bulk_create(
        AuthorizationCode(
            code_hash=hash_code(f"code{number}"),
            family=authorization,
            redirect_uri="https://client.example/callback",
            redirect_uri_was_given=True,
            code_challenge=challenge_of(verifier),
            expires_at=later,
        )
        for number, authorization in enumerate(TokenFamily.objects.bulk_create(family() for _ in range(codes)))
    )
    families = []
    for number in range(8):
        access = get_access_token_model().objects.create(
            user=user, application=web.application, token=f"access{number}", expires=later
        )
        authorization = family()
        authorization.save()
        save_refresh_token(f"refresh{number}", family=authorization, access_token=access, replaces=None)
        families.append(f"refresh{number}")
    now = int(timezone.now().timestamp())
    token = sign(
        {
            "iss": settings.AUTHHUB["ISSUER"],
            "sub": "auth0|1",
            "aud": "urn:benchmark",
            "iat": now,
            "exp": now + 9999,
            "jti": "benchmark",
            "client_id": web.application.client_id,
            "scope": "read",
        },
        algorithm="RS256",
        typ="at+jwt",
    )
    return plan(
        path="/oauth/token",
        machine={
            "client_id": machine.application.client_id,
            "client_secret": str(machine.client_secret),
            "audience": "urn:benchmark",
        },
        web={
            "client_id": web.application.client_id,
            "client_secret": str(web.client_secret),
            "code_verifier": verifier,
        },
        codes=[f"code{number}" for number in range(codes)],
        families=families,
        token=token,
    )


def challenge_of(verifier: str) -> str:
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    main(int(sys.argv[1]))
