"""
Brings ExampleCo into a database, as often as one likes.

What is there is left as it is: an administrator who took a role away does not get it back at the next start.
Passwords and secrets that nobody knows any more are replaced; those in the credentials file go on working.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import models, transaction

from authhub.conf import administrative_apis, conf
from authhub.models import ApplicationType, ClientGrant, Permission, ResourceServer, Role, SubjectType, TokenDialect
from authhub.oauth import client_secrets
from authhub.oauth.administration import change_application
from authhub.oauth.registration import register_application, rotate_client_secret
from authhub.rbac import administration
from authhub_site.credentials import Credentials, new_password
from authhub_site.exampleco import (
    API_NAME,
    EMPLOYEE,
    MANAGER,
    PEOPLE,
    PERMISSIONS,
    ROLES,
    DemoApplication,
    demo_applications,
    email_of,
)

REASON = "ExampleCo demo"


def seed(*, base_url: str, redirect_uris: Sequence[str] = ()) -> Credentials:
    """
    Make sure that ExampleCo is there, and return its passwords and secrets.

    `base_url` is where the demo is served; `redirect_uris` are further callbacks of every application that signs
    people in, and their origins.

    Raises:
        ValidationError: a redirect URI may not be registered.
    """
    credentials = Credentials.load()
    with transaction.atomic():
        api = _api()
        known = set(_administrative_permissions().values_list("pk", flat=True))
        administration.install_administrative_apis(reason=REASON)
        _roles(api)
        for key in PEOPLE:
            _person(key, credentials)
        for key, demo in demo_applications().items():
            ensure_application(key, demo, api, credentials, base_url, redirect_uris)
            if demo.administers:
                _let_administer(_all_applications().get(name=demo.name), known)
    credentials.save()
    return credentials


def _api() -> ResourceServer:
    api = ResourceServer.objects.filter(identifier=settings.TIMESHEETS_AUDIENCE).first()
    if api is not None:
        return api
    api = ResourceServer(
        name=API_NAME,
        identifier=settings.TIMESHEETS_AUDIENCE,
        token_dialect=TokenDialect.RFC9068_PROFILE_AUTHZ,
        allow_offline_access=True,
        enforce_policies=True,
    )
    administration.create_record(api, by=None, reason=REASON)
    for value, description in PERMISSIONS.items():
        permission = Permission(resource_server=api, value=value, description=description)
        administration.create_record(permission, by=None, reason=REASON)
    return api


def _roles(api: ResourceServer) -> None:
    known = set(Role.objects.filter(name__in=ROLES).values_list("name", flat=True))
    for name, values in ROLES.items():
        if name in known:
            continue
        role = Role(name=name)
        administration.create_record(role, by=None, reason=REASON)
        for permission in api.permissions.filter(value__in=values):
            administration.add_permission_to_role(role=role, permission=permission, by=None, reason=REASON)
        if name == MANAGER:
            employee = Role.objects.get(name=EMPLOYEE)
            administration.include_role(role=role, included_role=employee, by=None, reason=REASON)


def _person(key: str, credentials: Credentials) -> None:
    person, email = PEOPLE[key], email_of(key)
    user = get_user_model().objects.filter(username=email).first()
    if user is not None:
        password = credentials.passwords.get(key)
        if password is None or not user.check_password(password):
            set_password(user, key, credentials)
        return
    user = User(
        username=email,
        email=email,
        first_name=person.first_name,
        last_name=person.last_name,
        is_staff=person.is_administrator,
        is_superuser=person.is_administrator,
    )
    set_password(user, key, credentials)
    if person.role is not None:
        administration.assign_role(role=Role.objects.get(name=person.role), user=user, by=None, reason=REASON)


def set_password(user: User, key: str, credentials: Credentials) -> None:
    """Give a user a new password, and remember it under `key`."""
    credentials.passwords[key] = new_password()
    user.set_password(credentials.passwords[key])
    user.save()


def ensure_application(
    key: str,
    demo: DemoApplication,
    api: ResourceServer,
    credentials: Credentials,
    base_url: str,
    redirect_uris: Sequence[str] = (),
) -> None:
    """Make sure that an application is there, with its addresses and a secret that the credentials know."""
    callbacks = _callbacks(demo, base_url, redirect_uris)
    origins = _origins([base_url, *redirect_uris]) if demo.is_redirected_to else []
    logout_uris = [base_url + demo.home] if demo.home else []
    back_channel = base_url + demo.back_channel if demo.back_channel else ""
    application = _all_applications().filter(name=demo.name).first()
    if application is None:
        registered = register_application(
            name=demo.name,
            application_type=demo.application_type,
            redirect_uris=callbacks,
            allowed_origins=origins,
            logout_uris=logout_uris,
            is_first_party=demo.is_first_party,
            grant_types=demo.grant_types or None,
            backchannel_logout_uri=back_channel,
            reason=REASON,
        )
        _remember(key, registered.application, registered.client_secret, credentials)
        _give_access(registered.application, api, SubjectType.CLIENT, demo.machine_permissions)
        _give_access(registered.application, api, SubjectType.USER, demo.user_permissions)
        if demo.administers:
            _let_administer(registered.application)
        return
    _call_back(application, back_channel)
    _extend(application, redirect_uris=callbacks, allowed_origins=origins, post_logout_redirect_uris=logout_uris)
    secret = credentials.client_secrets.get(key)
    if demo.application_type.is_public:
        secret = None
    elif secret is None or not client_secrets.verify(application, secret):
        secret = rotate_client_secret(application=application, by=None, reason=REASON, keep_previous=False)
    _remember(key, application, secret, credentials)


def applications() -> models.QuerySet[Any]:
    """Return the demo's applications with their profiles, whichever application model the project has."""
    return _all_applications().filter(name__in=[demo.name for demo in demo_applications().values()])


def _all_applications() -> models.QuerySet[Any]:
    manager: models.Manager[Any] = apps.get_model(conf.application_model)._default_manager
    return manager.select_related("authhub_profile")


def _remember(key: str, application: Any, secret: str | None, credentials: Credentials) -> None:
    credentials.client_ids[key] = application.client_id
    credentials.client_secrets.pop(key, None)
    if secret is not None:
        credentials.client_secrets[key] = secret


def _give_access(application: Any, api: ResourceServer, subject_type: str, values: Iterable[str]) -> None:
    if not values:
        return
    administration.give_client_grant(
        application=application,
        resource_server=api,
        subject_type=subject_type,
        permissions=list(api.permissions.filter(value__in=values)),
        by=None,
        reason=REASON,
    )


def _let_administer(application: Any, known: Collection[int] = ()) -> None:
    """
    Give access to all that is new since these permissions were `known`: an upgrade adds some, another port an API.

    What somebody took away stays away.
    """
    for api in ResourceServer.objects.filter(identifier__in=administrative_apis()):
        added = list(api.permissions.exclude(pk__in=known))
        grant = ClientGrant.objects.filter(
            application=application, resource_server=api, subject_type=SubjectType.CLIENT
        ).first()
        if grant is not None:
            administration.change_client_grant(
                client_grant=grant, permissions=[*grant.permissions.all(), *added], by=None, reason=REASON
            )
        elif len(added) == api.permissions.count():
            _give_access(application, api, SubjectType.CLIENT, [permission.value for permission in added])


def _administrative_permissions() -> models.QuerySet[Permission]:
    return Permission.objects.filter(resource_server__identifier__in=administrative_apis())


def _extend(application: Any, **wanted: Sequence[str]) -> None:
    """Put URIs in front of those that an application has; a restart at another port adds, and takes nothing away."""
    changed = False
    for name, uris in wanted.items():
        before = getattr(application, name).split()
        after = list(dict.fromkeys([*uris, *before]))
        if after != before:
            setattr(application, name, " ".join(after))
            changed = True
    if changed:
        profile = application.authhub_profile
        change_application(application=application, profile=profile, by=None, reason=REASON)


def _call_back(application: Any, back_channel: str) -> None:
    """Let the server tell the application where it is served now; there is one such address."""
    profile = application.authhub_profile
    if back_channel and profile.backchannel_logout_uri != back_channel:
        profile.backchannel_logout_uri = back_channel
        change_application(application=application, profile=profile, by=None, reason=REASON)


def _callbacks(demo: DemoApplication, base_url: str, further: Sequence[str]) -> list[str]:
    if not demo.is_redirected_to:
        return []
    own = base_url + demo.callback if demo.callback.startswith("/") else demo.callback
    # Only a native application has a scheme of its own (RFC 8252 §7.1).
    is_native = demo.application_type == ApplicationType.NATIVE
    return [uri for uri in [own, *further] if uri and (is_native or urlsplit(uri).scheme in ("http", "https"))]


def _origins(uris: Iterable[str]) -> list[str]:
    parts = [urlsplit(uri) for uri in uris]
    return list(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts if part.scheme in ("http", "https")))
