"""Users, as the Extension showed them, and those who are expected."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import invalid_query
from authhub.api.extension.base import ExtensionView, no_record
from authhub.api.extension.joi import read_query
from authhub.api.extension.shapes import USERS_MAX, UserQuery
from authhub.api.parsing import StrictSerializer
from authhub.models import LoginSession
from authhub.oauth.claims import known_claims, subject_of
from authhub.rbac.extension.holders import Holder, find_holder, is_expected

CONNECTION = "Username-Password-Authentication"
"""What Auth0 calls the connection of users with a password; the project's own."""


class UserList(StrictSerializer):
    """A page of users."""

    start = serializers.IntegerField()
    limit = serializers.IntegerField()
    length = serializers.IntegerField()
    total = serializers.IntegerField()
    users = serializers.ListField(child=serializers.DictField())


def user_data(user: Any) -> dict[str, Any]:
    """Return a user; costs no query where the profile and the number of logins are loaded."""
    claims, user_id = known_claims(user), subject_of(user)
    provider, _bar, own_id = user_id.partition("|")
    last_login = getattr(user, "last_login", None)
    return {
        "user_id": user_id,
        "name": claims.get("name") or user.get_username(),
        "nickname": claims.get("nickname") or "",
        "email": claims.get("email") or "",
        "email_verified": bool(claims.get("email_verified")),
        "identities": [
            {"connection": CONNECTION, "provider": provider, "user_id": own_id or user_id, "isSocial": False}
        ],
        "picture": claims.get("picture") or "",
        "last_login": last_login and last_login.isoformat(),
        "logins_count": getattr(user, "authhub_logins", 0),
        "multifactor": [],
        "blocked": not user.is_active,
    }


def expected_data(identity: str) -> dict[str, Any]:
    """Return somebody who is not here yet."""
    is_address = "@" in identity and "|" not in identity
    return {"user_id": identity, "name": identity, "email": identity if is_address else "", "pending": True}


def listed_users() -> QuerySet[Any]:
    """Return all users with what `user_data` shows."""
    sessions = LoginSession.objects.filter(user=OuterRef("pk")).order_by().values("user")
    logins = Coalesce(Subquery(sessions.annotate(total=Count("pk")).values("total")), 0)
    return get_user_model()._base_manager.select_related("authhub_profile").annotate(authhub_logins=logins)


class UsersView(ExtensionView):
    """All users who are here."""

    scopes = {"GET": ("read:users",)}

    @extend_schema(parameters=[UserQuery], responses=UserList)
    def get(self, request: Request) -> Response:
        """List users, who signed in last first."""
        query = read_query(request, UserQuery)
        limit = query.get("per_page", USERS_MAX)
        start = query.get("page", 0) * limit
        users = listed_users().filter(_condition(query)).order_by(F("last_login").desc(nulls_last=True), "pk")
        found = [user_data(user) for user in users[start : start + limit]]
        return Response({"start": start, "limit": limit, "length": len(found), "total": users.count(), "users": found})


class UserView(ExtensionView):
    """One user."""

    scopes = {"GET": ("read:users",)}

    @extend_schema(responses=serializers.DictField())
    def get(self, request: Request, user_id: str) -> Response:
        """Show a user, or somebody who is expected."""
        holder = known_holder(user_id)
        if holder.user is None:
            return Response(expected_data(holder.identity.value))
        return Response(user_data(listed_users().get(pk=holder.user.pk)))


def known_holder(user_id: str) -> Holder:
    """
    Return who an id means.

    Raises:
        ApiError: 404, nobody is here by that id, and nothing waits for it.
    """
    holder = find_holder(user_id) if "\0" not in user_id else None
    if holder is None or (holder.user is None and not is_expected(holder)):
        raise no_record(user_id, "users")
    return holder


def _condition(query: dict[str, Any]) -> Q:
    wanted, field = query.get("q", "").strip("*").strip(), query.get("field", "")
    model = get_user_model()
    columns = {
        "user_id": ("authhub_profile__subject",),
        "email": (model.get_email_field_name(),),
        "name": (model.USERNAME_FIELD, "first_name", "last_name"),
        "nickname": (model.USERNAME_FIELD,),
    }
    if field and field not in columns and field != "identities.connection":
        raise invalid_query(f'"field" must be one of [{", ".join([*columns, "identities.connection"])}]')
    if not wanted:
        return Q()
    if field == "identities.connection":
        return Q() if wanted.casefold() in CONNECTION.casefold() else Q(pk__in=[])
    there = {each.name for each in model._meta.concrete_fields}
    condition = Q(pk__in=[user.pk for user in [find_holder(wanted).user] if user is not None])
    for column in {each for name in ([field] if field else columns) for each in columns[name]}:
        if column.startswith("authhub_profile") or column in there:
            condition |= Q(**{f"{column}__icontains": wanted})
    return condition
