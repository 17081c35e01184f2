"""The revocation endpoint (RFC 7009; E-12): an application gives a token back, and everything of its family."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from oauth2_provider.models import get_refresh_token_model
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from authhub.models import AuditEvent, AuditTag, RevokedToken, TokenFamily
from authhub.oauth.client_authentication import authenticated_application
from authhub.oauth.cors import allow_registered_origins
from authhub.oauth.families import revoke_family
from authhub.oauth.parameters import InvalidParametersError, body_parameters
from authhub.oauth.presented_tokens import PresentedToken, checksum, present
from authhub.oauth.signing_keys import SKEW_SECONDS
from authhub.oauth.views.answers import answers_only, client_error_answer, empty_answer, error_answer

REASON = "the application revoked it"


@csrf_exempt
@allow_registered_origins("POST")
@sensitive_post_parameters()
@answers_only("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    """
    Revoke a token of the application that asks; say the same whether there was one (RFC 7009 §2.2).

    A user's token takes its whole family along, whichever kind it is and whatever ``token_type_hint`` says: someone
    who signs out means all of it. Another application's token stays as it is (RV03).
    """
    try:
        body = body_parameters(request, allow_json=True, as_is="token")
        application = authenticated_application(request, body)
    except InvalidParametersError as error:
        return error_answer("invalid_request", str(error))
    except OAuth2Error as error:
        return client_error_answer(error)
    if "token" not in body:
        return error_answer("invalid_request", "Missing required parameter: token")
    _revoke_token(body["token"], application)
    return empty_answer()


def _revoke_token(token: str, application: Any) -> None:
    families = (
        get_refresh_token_model()
        .objects.filter(token_checksum=checksum(token), application=application)
        .values("token_family")
    )
    family = TokenFamily.objects.filter(pk__in=families).first()
    if family is not None:
        with transaction.atomic():
            # A family that died before has nothing more to tell.
            if revoke_family(family, reason=REASON):
                AuditEvent.record(
                    AuditTag.REFRESH_REVOKED,
                    user=family.user,
                    application=application,
                    subject=f"authorization {family.pk}",
                    reason=REASON,
                )
        return
    presented = present(token)
    if presented is None or presented.application.pk != application.pk:
        return
    if presented.family is not None:
        revoke_family(presented.family, reason=REASON)
    else:
        _deny_machine_token(presented)


def _deny_machine_token(presented: PresentedToken) -> None:
    expires_at = datetime.fromtimestamp(presented.claims["exp"], UTC) + timedelta(seconds=SKEW_SECONDS)
    _, is_new = RevokedToken.objects.get_or_create(jti=presented.claims["jti"], defaults={"expires_at": expires_at})
    if is_new:
        AuditEvent.record(
            AuditTag.FAMILY_REVOKED,
            application=presented.application,
            subject=f"machine token {presented.claims['jti']}",
            reason=REASON,
        )
