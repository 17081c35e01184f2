"""Users as they are sent and shown: Auth0's attributes, and what of them this server knows (C.9)."""

from typing import Any

from rest_framework import serializers

from authhub.api.fields import OnlyDefault
from authhub.api.parsing import StrictSerializer
from authhub.models.user_profiles import SUBJECT_LENGTH_MAX
from authhub.oauth.claims import known_claims, subject_of
from authhub.oauth.password_grant import REALMS
from authhub.oauth.user_attributes import value_of

CONNECTION = "Username-Password-Authentication"
"""What the project's users are called as a connection; Auth0's name, which scripts have in them."""
DEPTH_MAX = 50


class MetadataField(serializers.DictField):
    """A JSON object, of any content that a database can hold."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """
        Refuse what is nested deeper than anybody reads.

        Raises:
            ValidationError: it is, or it is no object.
        """
        if data is not serializers.empty and _depth(data) > DEPTH_MAX:
            raise serializers.ValidationError(f"It is nested more than {DEPTH_MAX} deep.")
        return super().run_validation(data)


class UserChange(StrictSerializer):
    """A user's attributes as sent. Metadata is merged by its first names; null takes one away, an empty object all."""

    email = serializers.EmailField(max_length=254, required=False)
    username = serializers.CharField(max_length=150, required=False)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, required=False, write_only=True)
    connection = serializers.ChoiceField(sorted(REALMS), required=False)
    email_verified = serializers.BooleanField(required=False)
    verify_email = OnlyDefault(False)
    given_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    family_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    name = serializers.CharField(max_length=300, required=False, allow_blank=True)
    nickname = serializers.CharField(max_length=300, required=False, allow_blank=True)
    picture = serializers.CharField(max_length=2048, required=False, allow_blank=True, help_text="An http address.")
    blocked = serializers.BooleanField(required=False)
    user_metadata = MetadataField(required=False)
    app_metadata = MetadataField(required=False)


class UserIn(UserChange):
    """A user as he is created; `user_id` is what he brings along, with ``auth0|`` before it unless it has its own."""

    connection = serializers.ChoiceField(sorted(REALMS))
    user_id = serializers.RegexField(
        r"\A[\x21-\x7e]+\Z", max_length=SUBJECT_LENGTH_MAX, required=False, trim_whitespace=False
    )


class IdentityOut(StrictSerializer):
    """Where a user comes from: there is one connection, the project's own users."""

    connection = serializers.CharField()
    provider = serializers.CharField()
    user_id = serializers.CharField()
    isSocial = serializers.BooleanField()  # noqa: N815 -- Auth0's


class UserOut(StrictSerializer):
    """A user as the API shows him. What is not known of him is left out."""

    user_id = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    email_verified = serializers.BooleanField(required=False)
    username = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    nickname = serializers.CharField(required=False)
    given_name = serializers.CharField(required=False)
    family_name = serializers.CharField(required=False)
    picture = serializers.CharField(required=False)
    identities = IdentityOut(many=True, required=False)
    created_at = serializers.DateTimeField(required=False)
    updated_at = serializers.DateTimeField(required=False)
    last_login = serializers.DateTimeField(required=False)
    logins_count = serializers.IntegerField(required=False)
    blocked = serializers.BooleanField(required=False)
    user_metadata = serializers.DictField(required=False)
    app_metadata = serializers.DictField(required=False)


class MemberOut(StrictSerializer):
    """A user as a list of those who hold something shows him."""

    user_id = serializers.CharField()
    name = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    picture = serializers.CharField(required=False)


def member_data(user: Any) -> dict[str, Any]:
    """Return a user as a list of those who hold something shows him."""
    claims = known_claims(user)
    known = {"user_id": subject_of(user), **{name: claims.get(name) for name in ("name", "email", "picture")}}
    return {name: value for name, value in known.items() if value}


def user_data(user: Any) -> dict[str, Any]:
    """Return a user as the API shows him; his profile must be loaded, or costs a query."""
    profile, subject, claims = getattr(user, "authhub_profile", None), subject_of(user), known_claims(user)
    known = {
        "user_id": subject,
        **{name: claims.get(name) for name in ("email", "email_verified", "name", "nickname")},
        "username": value_of(user, "username"),
        **{name: claims.get(name) for name in ("given_name", "family_name", "picture")},
        "identities": [
            {
                "connection": CONNECTION,
                "provider": subject.rpartition("|")[0] or "auth0",
                "user_id": subject.rpartition("|")[2],
                "isSocial": False,
            }
        ],
        "created_at": value_of(user, "created_at") or (profile and profile.created_at),
        "updated_at": profile and profile.updated_at,
        "last_login": value_of(user, "last_login"),
        "logins_count": profile.logins_count if profile else 0,
        "blocked": not user.is_active,
        "user_metadata": profile.user_metadata if profile else {},
        "app_metadata": profile.app_metadata if profile else {},
    }
    return {name: value for name, value in known.items() if value is not None and value != ""}


def _depth(data: Any) -> int:
    """Return how deep JSON is nested; level by level, so that no depth is too deep for it."""
    depth, level = 0, [data]
    while level:
        depth += 1
        level = [
            each
            for part in level
            if isinstance(part, dict | list)
            for each in (part.values() if isinstance(part, dict) else part)
        ]
    return depth
