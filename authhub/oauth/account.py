"""What a person sees and may end of her own: where she is signed in, and which applications act for her (B-27)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.models import get_refresh_token_model

from authhub.models import IDENTITY_SCOPES, Consent, Organization, Permission, TokenFamily
from authhub.oauth.administration import revoke_consent
from authhub.oauth.families import revoke_families
from authhub.rbac.chains import Path
from authhub.rbac.overview import effective_permissions

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
"""What stands in a ``User-Agent``, the telling before the common: each browser names those it resembles."""
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


class Scope(NamedTuple):
    """A scope, what it allows in a sentence, and why the person may do that herself; no reason where none is asked."""

    value: str
    sentence: str
    reason: str


@dataclass
class Access:
    """What one application may do at one API, in one organization."""

    resource_server: str = ""
    organization: str = ""
    scopes: list[Scope] = field(default_factory=list)


@dataclass
class AuthorizedApplication:
    """An application that the person consented to or that holds a live authorization."""

    key: Any
    name: str
    is_first_party: bool
    access: list[Access] = field(default_factory=list)
    last_used_at: datetime | None = None


def authorized_applications(user: Any) -> list[AuthorizedApplication]:
    """
    Return the applications that act for a user, by name, and why she may do herself what they may.

    However many applications there are, three queries, and those of `effective_permissions` for each organization.
    """
    api = ("resource_server", "resource_server__name", "resource_server__enforce_policies")
    place = (*api, "organization", "organization__display_name", "organization__name")
    names = ("application", "application__name", "application__authhub_profile__is_first_party", *place, "scopes")
    families = _live(user).order_by().values(*names).annotate(at=Max("created_at"))
    consents = Consent.objects.filter(user=user).order_by().values(*names).annotate(at=Max("granted_at"))
    rows = [*families, *consents]
    sentences = _sentences({row["resource_server"] for row in rows if row["resource_server"]})
    reasons = _reasons(user, {row["organization"] for row in rows if row["resource_server"]})
    found: dict[Any, AuthorizedApplication] = {}
    places: dict[tuple[Any, ...], dict[str, Scope]] = {}
    for row in rows:
        application = found.setdefault(
            row["application"],
            AuthorizedApplication(
                row["application"],
                row["application__name"],
                bool(row["application__authhub_profile__is_first_party"]),
            ),
        )
        application.last_used_at = max(filter(None, (application.last_used_at, row["at"])))
        organization = row["organization__display_name"] or row["organization__name"] or ""
        where = (row["application"], row["resource_server__name"] or "", organization)
        known = places.setdefault(where, {})
        for scope in row["scopes"].split():
            sentence = IDENTITY_SCOPES.get(scope) or sentences.get((row["resource_server"], scope))
            if sentence is None:
                continue
            reason = ""
            if scope not in IDENTITY_SCOPES and row["resource_server__enforce_policies"]:
                reason = reasons.get(
                    (row["organization"], row["resource_server"], scope), _("not now: you may not do this yourself")
                )
            known[scope] = Scope(scope, str(sentence) or scope, reason)
    for (key, resource_server, organization), scopes in sorted(places.items(), key=lambda place: place[0][1:]):
        found[key].access.append(Access(resource_server, organization, sorted(scopes.values())))
    return sorted(found.values(), key=lambda application: (application.name.casefold(), str(application.key)))


def revoke_access(*, application: Any, user: Any, by: Any, reason: str) -> int:
    """
    Take from an application all that it may do for a user: its authorizations end, and its consents are forgotten.

    Returns how many authorizations there were. First party or not, it may ask again at the next sign-in.
    """
    with transaction.atomic():
        families = TokenFamily.objects.filter(user=user, application=application)
        count = revoke_families(families, reason=reason, by=by)
        for consent in Consent.objects.select_related("application").filter(user=user, application=application):
            revoke_consent(consent=consent, by=by, reason=reason)
    return count


def browser_in_words(user_agent: str) -> str:
    """Return what a person calls the browser of a ``User-Agent``, or nothing if nobody can tell."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return " · ".join(filter(None, (browser, system)))


def _live(user: Any) -> Any:
    is_given = Q(issued_tokens__access_token__expires__gt=timezone.now()) | Q(pk__in=_with_refresh_token(user))
    living = TokenFamily.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())
    return living.filter(is_given, application__authhub_profile__is_active=True)


def _with_refresh_token(user: Any) -> Any:
    return (
        get_refresh_token_model()
        .objects.filter(user=user, revoked=None, token_family__isnull=False)
        .values("token_family")
    )


def _reasons(user: Any, organizations: Iterable[Any]) -> dict[tuple[Any, Any, str], str]:
    """Return through what a user holds each permission, by organization, API and value: the shortest way of each."""
    known = Organization.objects.in_bulk([key for key in organizations if key is not None])
    return {
        (key, held.permission.resource_server_id, held.permission.value): _in_words(held.paths[0])
        for key in organizations
        for held in effective_permissions(user, None if key is None else known[key], paths_limit=1)
    }


def _in_words(path: Path) -> str:
    between = " → ".join(str(edge) for edge in path.edges[:-1])
    return _("because of your %(chain)s") % {"chain": between} if between else _("because it was given to you")


def _sentences(resource_servers: Iterable[Any]) -> dict[tuple[Any, str], str]:
    rows = Permission.objects.filter(resource_server__in=resource_servers)
    return {(key, value): text for key, value, text in rows.values_list("resource_server", "value", "description")}
