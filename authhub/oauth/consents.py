"""Consent: when a user is asked, what is remembered, and that only what is new is asked again (C.7, CN06, E-19)."""

from typing import Any

from django.db import transaction

from authhub.models import ApplicationType, AuditEvent, AuditTag, Consent
from authhub.oauth.claims_requests import scopes_of
from authhub.oauth.issuance import Issuance
from authhub.oauth.redirect_uris import is_verifiable


def asks_always(issuance: Issuance) -> bool:
    """
    Return whether this application has to ask, whatever the way its tokens go.

    A third party always has. One of our own need not if the API says so.
    """
    if not issuance.profile.is_first_party:
        return True
    return issuance.resource_server is not None and not issuance.resource_server.skip_consent_for_first_party


def needs_consent(issuance: Issuance, redirect_uri: str) -> bool:
    """
    Return whether this application has to ask at all.

    A third party always has. One of our own need not, if the API says so and the redirect reaches no other program.
    """
    return asks_always(issuance) or not is_verifiable(redirect_uri, issuance.profile.application_type)


def asked(issuance: Issuance) -> tuple[str, ...]:
    """
    Return the scopes that the user is asked about: those of the token, and those that a single claim is a part of.

    So a third party that asks for ``email_verified`` alone is allowed to know the e-mail address, and the page says so.
    """
    return tuple(dict.fromkeys((*issuance.scopes, *scopes_of(issuance.requested_claims))))


def may_be_remembered(issuance: Issuance, redirect_uri: str) -> bool:
    """
    Return whether an earlier consent may stand in for asking.

    Not where any program of the machine could take the application's place: it keeps no secret, and its redirect
    proves nothing (CN07, RFC 8252 §8.6).
    """
    kind = ApplicationType(issuance.profile.application_type)
    return not kind.is_public or is_verifiable(redirect_uri, kind)


def remembered(issuance: Issuance) -> frozenset[str] | None:
    """Return the scopes that the user consented to before for this application, API and organization; None if never."""
    consent = _consents(issuance).first()
    return None if consent is None else consent.scope_set


def remember(issuance: Issuance, scopes: tuple[str, ...]) -> None:
    """Add `scopes` to what the user has consented to, and say so in the event log."""
    with transaction.atomic():
        consent, _ = Consent.objects.get_or_create(
            user=issuance.user,
            application=issuance.application,
            resource_server=issuance.resource_server,
            organization=issuance.organization,
        )
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        consent.scopes = " ".join(sorted(consent.scope_set | set(scopes)))
        consent.save(update_fields=["scopes", "granted_at"])
        _record(AuditTag.CONSENT_GRANTED, issuance, scopes)


def refuse(issuance: Issuance, scopes: tuple[str, ...]) -> None:
    """Say in the event log that the user refused."""
    _record(AuditTag.CONSENT_DENIED, issuance, scopes)


def _consents(issuance: Issuance) -> Any:
    return Consent.objects.filter(
        user=issuance.user,
        application=issuance.application,
        resource_server=issuance.resource_server,
        organization=issuance.organization,
    )


def _record(tag: AuditTag, issuance: Issuance, scopes: tuple[str, ...]) -> None:
    AuditEvent.record(
        tag,
        actor=issuance.user,
        user=issuance.user,
        application=issuance.application,
        subject=issuance.audience_name,
        details={"scope": " ".join(scopes)},
    )
