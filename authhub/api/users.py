"""Users: to list and search, create, show, change and delete them, in Auth0's shape (C.9)."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.errors import ApiError, invalid_query, not_found, sentence
from authhub.api.fields import FieldsQuery, OnlyDefault, shown
from authhub.api.lucene import QUERY_LENGTH_MAX
from authhub.api.paging import PER_PAGE, PageQuery, page_of
from authhub.api.parsing import body_of, query_of
from authhub.api.preconditions import require_match
from authhub.api.scopes import require_scopes
from authhub.api.user_search import ordered, search
from authhub.api.user_shapes import UserChange, UserIn, UserOut, user_data
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import key_in_subject
from authhub.models.row_locks import locked
from authhub.oauth.claims import subject_of, user_key_of
from authhub.oauth.password_grant import REALMS
from authhub.oauth.user_attributes import email_column
from authhub.oauth.users import UserExistsError, change_user, create_user, delete_user

LISTED_MAX = 1000
"""How many users whoever may only list them gets to see, as at Auth0; all of them is an export (B-24)."""

READ_ONE = ("read:users", "read:user")
READ_MANY = ("read:users", "list:users")
EXPORT = ("read:users", "export:users")


class UserQuery(PageQuery, FieldsQuery):
    """Which users, in which order, and what of them."""

    q = serializers.CharField(
        max_length=QUERY_LENGTH_MAX, required=False, allow_blank=True, help_text="Lucene's syntax; see the reference."
    )
    search_engine = serializers.ChoiceField(["v3"], required=False)
    sort = serializers.CharField(max_length=100, required=False, help_text="A field, a colon, and 1 or -1.")
    connection = serializers.CharField(max_length=100, required=False)
    primary_order = OnlyDefault("true", "false")


class EmailQuery(FieldsQuery):
    """Whose address it is."""

    email = serializers.CharField(max_length=254)


def users() -> QuerySet[Any, Any]:
    """Return all users with what is shown of them."""
    return get_user_model()._default_manager.select_related("authhub_profile").order_by("pk")


def find_user(caller: Caller, user_id: str, *, lock: bool = False) -> Any:
    """
    Return the user of an id.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    key = None if "\0" in user_id else user_key_of(user_id)
    rows = visible(caller, users())
    if lock:
        rows = locked(rows)
    user = None if key is None else rows.filter(pk=key).first()
    if user is None:
        raise not_found("user", user_id)
    return user


def find_users(caller: Caller, user_ids: Iterable[str]) -> list[Any]:
    """
    Return the users of ids, each once, in one query.

    Raises:
        ApiError: 404, one of them is not there, or not to be seen.
    """
    keys = {user_id: key_in_subject(user_id) for user_id in user_ids}
    is_one = Q(pk__in=[key for key in keys.values() if key is not None]) | Q(authhub_profile__subject__in=list(keys))
    found = list(visible(caller, users()).filter(is_one))
    by_key, by_subject = {user.pk: user for user in found}, {subject_of(user): user for user in found}
    wanted = {user_id: by_subject.get(user_id) or by_key.get(key) for user_id, key in keys.items()}
    for user_id, user in wanted.items():
        if user is None:
            raise not_found("user", user_id)
    return list({user.pk: user for user in wanted.values() if user is not None}.values())


@contextmanager
def existing_is_a_conflict() -> Iterator[None]:
    """Answer 409 where somebody has the address, the name or the id already."""
    try:
        yield
    except UserExistsError as error:
        raise ApiError(409, "user_exists", sentence(error)) from error


class UsersView(ManagementView):
    """All users."""

    scopes = {"GET": ("read:users", "list:users", "export:users"), "POST": ("create:users",)}
    listing = "users"

    @extend_schema(parameters=[UserQuery], responses=UserOut(many=True))
    def get(self, request: Request) -> Response:
        """
        List the users that meet a query.

        With ``list:users`` alone, the first thousand; with ``export:users`` alone, only with ``from`` and ``take``.
        """
        query = query_of(request, UserQuery)
        self._require_scopes(query)
        found = visible(self.caller, users())
        if query.get("connection") and query["connection"] not in REALMS:
            found = found.none()
        if query.get("q", "").strip():
            found = search(found, query["q"])
        if "sort" in query:
            if "from" in query or "take" in query:
                raise invalid_query("sort: Not with from and take, which have their own order.")
            found = ordered(found, query["sort"])
        return page_of(request, found, "users", shown(request, user_data, UserQuery), UserQuery)

    @extend_schema(request=UserIn, responses={201: UserOut})
    def post(self, request: Request) -> Response:
        """Create a user; without a password nobody can sign in with one until it is set."""
        with existing_is_a_conflict():
            user = create_user(attributes=body_of(request, UserIn), by=self.caller.actor)
        return Response(user_data(user), status=201)

    def _require_scopes(self, query: Mapping[str, Any]) -> None:
        wanted: tuple[str, ...] = READ_MANY
        if "from" in query or "take" in query:
            wanted = EXPORT
        elif (query.get("page", 0) + 1) * query.get("per_page", PER_PAGE) > LISTED_MAX:
            wanted = ("read:users",)
        require_scopes(self.caller, wanted, self.audience)


class UserView(ManagementView):
    """One user."""

    scopes = {"GET": READ_ONE, "PATCH": ("update:users",), "DELETE": ("delete:users",)}

    @extend_schema(parameters=[FieldsQuery], responses=UserOut)
    def get(self, request: Request, user_id: str) -> Response:
        """Show a user."""
        represent = shown(request, user_data)
        return Response(represent(find_user(self.caller, user_id)))

    @extend_schema(request=UserChange, responses=UserOut)
    def patch(self, request: Request, user_id: str) -> Response:
        """Change what the body names. Who is blocked, or gets another password, is signed out everywhere."""
        body = body_of(request, UserChange)
        with existing_is_a_conflict(), transaction.atomic():
            user = find_user(self.caller, user_id, lock=True)
            require_match(request, user_data(user))
            user = change_user(user=user, attributes=body, by=self.caller.actor)
        return Response(user_data(user))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, user_id: str) -> Response:
        """Delete a user and all that he holds; he is signed out everywhere."""
        with transaction.atomic():
            user = find_user(self.caller, user_id, lock=True)
            require_match(request, user_data(user))
            delete_user(user=user, by=self.caller.actor)
        return Response(status=204)


class UsersByEmailView(ManagementView):
    """Who has an e-mail address."""

    scopes = {"GET": READ_MANY}

    @extend_schema(parameters=[EmailQuery], responses=UserOut(many=True))
    def get(self, request: Request) -> Response:
        """List the users with this address, letters in either case."""
        query, represent = query_of(request, EmailQuery), shown(request, user_data, EmailQuery)
        found = visible(self.caller, users())
        column = email_column()
        found = found.filter(**{f"{column}__iexact": query["email"]}) if column else found.none()
        return Response([represent(user) for user in found[:LISTED_MAX]])
