"""Users, as the Extension showed them, and those who are expected."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api import user_shapes
from authhub.api.errors import invalid_query
from authhub.api.extension.base import ExtensionView, no_record
from authhub.api.extension.joi import read_query
from authhub.api.extension.shapes import USERS_MAX, UserQuery
from authhub.api.parsing import StrictSerializer
from authhub.api.user_shapes import CONNECTION, IdentityOut
from authhub.rbac.extension.holders import find_holder, is_expected

LISTED = (
    *("user_id", "name", "nickname", "email", "email_verified", "identities", "picture"),
    *("last_login", "logins_count", "multifactor", "blocked"),
)
"""What lists show of a user."""


class Person(StrictSerializer):
    """A user; of somebody who is expected there is the id, a name, an address, and `pending`."""

    user_id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    nickname = serializers.CharField(required=False)
    email_verified = serializers.BooleanField(required=False)
    identities = IdentityOut(many=True, required=False)
    picture = serializers.CharField(required=False)
    last_login = serializers.DateTimeField(required=False, allow_null=True)
    logins_count = serializers.IntegerField(required=False)
    multifactor = serializers.ListField(child=serializers.CharField(), required=False)
    blocked = serializers.BooleanField(required=False)
    pending = serializers.BooleanField(required=False)


class PersonShown(Person):
    """A user with all that the Management API knows of him."""

    username = serializers.CharField(required=False)
    given_name = serializers.CharField(required=False)
    family_name = serializers.CharField(required=False)
    created_at = serializers.DateTimeField(required=False)
    updated_at = serializers.DateTimeField(required=False)
    user_metadata = serializers.DictField(required=False)
    app_metadata = serializers.DictField(required=False)


class UserList(StrictSerializer):
    """A page of users."""

    start = serializers.IntegerField()
    limit = serializers.IntegerField()
    length = serializers.IntegerField()
    total = serializers.IntegerField()
    users = Person(many=True)


def whole_user_data(user: Any) -> dict[str, Any]:
    """Return a user as the Management API does, with whatever the Extension's lists always had."""
    known = user_shapes.user_data(user)
    always: dict[str, Any] = {
        "name": user.get_username(),
        "nickname": "",
        "email": "",
        "email_verified": False,
        "picture": "",
        "last_login": None,
    }
    return {**always, **known, "multifactor": []}


def user_data(user: Any) -> dict[str, Any]:
    """Return a user as lists show one; costs no query where the profile is loaded."""
    whole = whole_user_data(user)
    return {name: whole[name] for name in LISTED}


def expected_data(identity: str) -> dict[str, Any]:
    """Return somebody who is not here yet."""
    is_address = "@" in identity and "|" not in identity
    return {"user_id": identity, "name": identity, "email": identity if is_address else "", "pending": True}


class UsersView(ExtensionView):
    """All users who are here."""

    scopes = {"GET": ("read:users",)}

    @extend_schema(parameters=[UserQuery], responses=UserList)
    def get(self, request: Request) -> Response:
        """List users, who signed in last first."""
        query = read_query(request, UserQuery)
        limit = query.get("per_page", USERS_MAX)
        start = query.get("page", 0) * limit
        users = get_user_model()._base_manager.select_related("authhub_profile").filter(_condition(query))
        users = users.order_by(F("last_login").desc(nulls_last=True), "pk")
        found = [user_data(user) for user in users[start : start + limit]]
        return Response({"start": start, "limit": limit, "length": len(found), "total": users.count(), "users": found})


class UserView(ExtensionView):
    """One user."""

    scopes = {"GET": ("read:users",)}

    @extend_schema(responses=PersonShown)
    def get(self, request: Request, user_id: str) -> Response:
        """Show a user as the Management API does, or somebody who is expected."""
        holder = find_holder(user_id)
        if holder.user is not None:
            return Response(whole_user_data(holder.user))
        if not is_expected(holder):
            raise no_record(user_id, "users")
        return Response(expected_data(holder.identity.value))


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
