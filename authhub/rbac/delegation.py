"""
Decide who may change what: the one function that every change of access asks, whichever door it comes through (B-20).

The system (None) and an active superuser may everything. Anybody else needs the rights that `authhub.rbac.needs` lists
for the change, must hold all that it confers, and may hand it on (``authhub.delegate_resourceserver``). So nobody gives
what he does not have. An application may what its scopes say, which the API has checked; over authhub itself it
confers nothing that it does not hold; and it never exceeds its administrator, if it has one (AD26).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model, Value

from authhub.conf import administrative_apis, conf
from authhub.models import ApplicationProfile, AuditEvent, AuditTag, ResourceServer, SubjectType
from authhub.rbac.conferring import Conferred, of_application
from authhub.rbac.refusals import NotAllowedError
from authhub.rbac.review import user_permissions
from authhub.rbac.rights import Need, Right

DELEGATE = "authhub.delegate_resourceserver"
ORGANIZATIONS_AT_ONCE = 50
"""How many organizations one query asks about; SQLite takes no more than 500 parts."""


def require(by: Any, need: Callable[[], Need], reason: str = "") -> None:
    """
    Return if `by` may make a change that takes what `need` returns; ask within the transaction that makes it.

    No query for the system and for superusers; for others a number that depends on the APIs and organizations
    concerned alone.

    Raises:
        NotAllowedError: with what is missing.
    """
    if by is None or _is_superuser(by):
        return
    needed = need()
    missing = _missing(by, needed)
    if missing:
        raise NotAllowedError(missing, by=by, subject=needed.subject, reason=reason)


@contextmanager
def changing() -> Iterator[None]:
    """
    Run a use-case in a transaction, and leave an event about it if it is not allowed.

    Within somebody else's transaction, which is about to be rolled back, the event waits for `record_denial`.
    """
    try:
        with transaction.atomic():
            yield
    except NotAllowedError as error:
        if _will_last():
            record_denial(error)
        raise


def record_denial(error: NotAllowedError) -> None:
    """Leave one event about a refusal, however often it is called (AD30); call it when the transaction is over."""
    if error.is_recorded:
        return
    subject, is_stored = error.subject, getattr(error.by, "pk", None) is not None
    AuditEvent.record(
        AuditTag.ACCESS_CHANGE_DENIED,
        actor=error.by if is_stored else None,
        subject=subject,
        reason=error.reason,
        details={"refused": str(error), "model": subject._meta.label if isinstance(subject, Model) else ""},
    )
    error.is_recorded = True


def _will_last() -> bool:
    """Return whether what is written now stays, whatever happens to those who called us."""
    try:
        with transaction.atomic(durable=True):
            return True
    except RuntimeError:
        return False


def _missing(by: Any, need: Need) -> str:
    if isinstance(by, apps.get_model(conf.application_model)):
        return _missing_of_machine(by, need)
    if isinstance(by, get_user_model()):
        return _missing_of_user(by, need)
    return f"`{by}` is nobody who may change anything"


def _missing_of_machine(by: Any, need: Need) -> str:
    profile = ApplicationProfile.objects.select_related("administrator").filter(pk=by.pk).first()
    if profile is None or not profile.is_active:
        return f"the application `{by}` is switched off"
    if not need.is_for_machines:
        return f"only a superuser may {need.superuser}"
    conferred = {each for each in need.confers() if each.identifier in administrative_apis()}
    if conferred:
        held = {each.permission for each in of_application(by, SubjectType.CLIENT)}
        if any(each.permission not in held for each in conferred):
            return f"the application `{by}` may not confer rights over authhub that its own access lacks"
    return "" if profile.administrator is None else _missing_of_user(profile.administrator, need)


def _missing_of_user(by: Any, need: Need) -> str:
    # As stored now: the object at hand may be as old as the request, and has its rights in a cache.
    user = get_user_model()._base_manager.filter(pk=by.pk).first()
    if user is None or not user.is_active:
        return f"the account of `{by}` is disabled"
    if _is_superuser(user):
        return ""
    if need.superuser:
        return f"only a superuser may {need.superuser}"
    for alternatives in need.rights:
        if not any(_has(user, right) for right in alternatives):
            return f"`{user}` {alternatives[-1].sentence}"
    if need.answerable is not None and need.answerable() != user.pk:
        return f"an application that `{user}` gives rights over authhub must act with at most the rights of `{user}`"
    return _missing_of_conferred(user, need)


def _missing_of_conferred(user: Any, need: Need) -> str:
    conferred = frozenset(need.confers())
    lacking = _not_held(user, conferred)
    if lacking:
        named = [each for each in need.permissions if each.pk in {one.permission for one in lacking}]
        if named:
            return f"`{user}` does not hold `{named[0]}` and so cannot hand it on"
        return f"{_name(need.source)} confers what `{user}` does not hold"
    apis = {api.pk: api for api in need.apis} | {
        each.resource_server: ResourceServer(pk=each.resource_server, identifier=each.identifier) for each in conferred
    }
    if user.has_perm(DELEGATE) or all(user.has_perm(DELEGATE, api) for api in apis.values()):
        return ""
    if need.permissions or need.apis:
        return f"`{user}` may not hand on permissions of the API `{next(iter(apis.values())).identifier}`"
    return f"{_name(need.source)} confers what `{user}` may not hand on"


def _not_held(user: Any, conferred: Iterable[Conferred]) -> set[Conferred]:
    """Return what of `conferred` the user holds neither outside of organizations nor in the one it is for."""
    lacking = set(conferred)
    if lacking:
        held = set(user_permissions(user, None).order_by().values_list("pk", flat=True))
        lacking = {each for each in lacking if each.permission not in held}
    organizations = sorted({each.organization for each in lacking if each.organization is not None})
    for start in range(0, len(organizations), ORGANIZATIONS_AT_ONCE):
        first, *further = (
            user_permissions(user, None, each).order_by().values_list("pk", Value(each))
            for each in organizations[start : start + ORGANIZATIONS_AT_ONCE]
        )
        within = set(first.union(*further, all=True).order_by())
        lacking = {each for each in lacking if (each.permission, each.organization) not in within}
    return lacking


def _has(user: Any, right: Right) -> bool:
    if user.has_perm(right.codename):
        return True
    return right.record is not None and bool(user.has_perm(right.codename, right.record))


def _is_superuser(by: Any) -> bool:
    return bool(getattr(by, "is_superuser", False) and by.is_active)


def _name(source: Model | None) -> str:
    return "this" if source is None else f"the {source._meta.verbose_name} `{source}`"
