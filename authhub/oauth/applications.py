"""Finding the application that a request names."""

from typing import Any

from django.db.models import QuerySet
from oauth2_provider.models import get_application_model

from authhub.models import ApplicationProfile
from authhub.models.prepared import PreparedRows, partial
from authhub.models.row_locks import locked
from authhub.oauth.families import profile_of

CLIENT_ID_LENGTH_MAX = 200
FIELDS_OF_A_CLIENT = ("client_id", "client_secret", "hash_client_secret", "name")
"""What the token endpoint needs of the toolkit's record, beside its primary key."""
FIELDS_OF_A_PROFILE = [field.attname for field in ApplicationProfile._meta.concrete_fields]


def load_application(client_id: str | None) -> Any:
    """Return the active application of that ``client_id`` with its profile loaded, in one query, or None."""
    if not _may_exist(client_id):
        return None
    applications = get_application_model().objects.select_related("authhub_profile")
    return _active(applications.filter(client_id=client_id).first())


def known_applications() -> QuerySet[Any, Any]:
    """Return all applications that authhub knows, active or not, with their profiles."""
    known: QuerySet[Any, Any] = get_application_model().objects.filter(authhub_profile__isnull=False)
    return known.select_related("authhub_profile")


def find_application(client_id: str, *, among: QuerySet[Any, Any], lock: bool = False) -> Any:
    """
    Return the application of that ``client_id``, one of `among`, or None.

    `lock` keeps others from changing it until the transaction ends. Its profile is read after that: one that came along
    would be from before the wait.
    """
    if not _may_exist(client_id):
        return None
    applications = among
    if lock:
        applications = locked(applications.select_related(None))
    return applications.filter(client_id=client_id).first()


def load_client(client_id: str | None) -> Any:
    """
    Return the application, active or not, with its profile and only what authenticating a client needs, or None.

    One query; any other field of it costs a query of its own.
    """
    rows = _client_rows(client_id=client_id) if _may_exist(client_id) else []
    if not rows:
        return None
    names = _names_of_a_client()
    width = len(names)
    application = partial(get_application_model(), names, rows[0][:width])
    application.authhub_profile = partial(ApplicationProfile, FIELDS_OF_A_PROFILE, rows[0][width:])
    return application


def is_public(application: Any) -> bool:
    """Return whether the application cannot keep a secret (RFC 6749 §2.1)."""
    return bool(application.authhub_profile.is_public)


def _names_of_a_client() -> list[str]:
    return [get_application_model()._meta.pk.attname, *FIELDS_OF_A_CLIENT]


def _clients(client_id: Any) -> QuerySet[Any, Any]:
    of_profile = (f"authhub_profile__{name}" for name in FIELDS_OF_A_PROFILE)
    known = get_application_model().objects.filter(client_id=client_id, authhub_profile__isnull=False)
    rows: QuerySet[Any, Any] = known.order_by().values_list(*_names_of_a_client(), *of_profile)
    return rows


_client_rows = PreparedRows(_clients, client_id=lambda: get_application_model()._meta.get_field("client_id"))


def _may_exist(client_id: str | None) -> bool:
    return bool(client_id) and len(client_id or "") <= CLIENT_ID_LENGTH_MAX and "\0" not in (client_id or "")


def _active(application: Any) -> Any:
    profile = profile_of(application)
    return application if profile is not None and profile.is_active else None
