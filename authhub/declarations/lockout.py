"""Keep the last way in: a file must not take every machine's access to the APIs that administer authhub."""

from authhub.conf import AUTHZ_API_IDENTIFIER, management_api_identifier
from authhub.declarations.problems import DeclarationError
from authhub.models import ClientGrant, SubjectType


def machine_administrators() -> set[int]:
    """Return the access by which active applications may administer authhub itself, by primary keys."""
    grants = ClientGrant.objects.filter(
        resource_server__identifier__in=[management_api_identifier(), AUTHZ_API_IDENTIFIER],
        resource_server__is_active=True,
        application__authhub_profile__is_active=True,
        subject_type=SubjectType.CLIENT,
        permissions__isnull=False,
    )
    return set(grants.values_list("pk", flat=True))


def refuse_lockout(before: set[int]) -> None:
    """
    Refuse if some application had access to an administrative API `before`, and none has any more.

    Raises:
        DeclarationError: with what to do.
    """
    if before and not machine_administrators():
        raise DeclarationError.of(
            "this would take the last application's access to the APIs that administer authhub: declare one that has it"
        )
