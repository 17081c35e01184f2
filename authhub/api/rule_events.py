"""Made-up events on which rules are tried: the context of a rule, as JSON (E-28)."""

from typing import Any

from rest_framework import serializers

from authhub.api.parsing import StrictSerializer


def _text(**settings: Any) -> serializers.CharField:
    return serializers.CharField(max_length=2000, required=False, allow_blank=True, **settings)


def _texts() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=300), required=False, max_length=1000)


class UserEvent(StrictSerializer):
    """Who signs in."""

    id = _text(default="auth0|mock")
    username = _text()
    email = _text()
    email_verified = serializers.BooleanField(required=False)
    name = _text()
    attributes = serializers.DictField(required=False)


class ClientEvent(StrictSerializer):
    """The application."""

    id = _text(default="mock")
    name = _text()
    application_type = _text()
    metadata = serializers.DictField(required=False)
    is_first_party = serializers.BooleanField(required=False)


class ResourceServerEvent(StrictSerializer):
    """The API."""

    identifier = _text(default="https://api.example.com/")
    name = _text()


class RequestEvent(StrictSerializer):
    """What was asked."""

    ip = _text()
    user_agent = _text()
    method = _text()
    query = serializers.DictField(required=False)
    body = serializers.DictField(required=False)


class ConnectionEvent(StrictSerializer):
    """Where the identity comes from."""

    name = _text()
    strategy = _text()


class OrganizationEvent(StrictSerializer):
    """The organization."""

    id = _text(default="org_mock")
    name = _text()
    display_name = _text()


class AuthorizationEvent(StrictSerializer):
    """What the user holds."""

    groups = _texts()
    roles = _texts()
    permissions = _texts()


class StatsEvent(StrictSerializer):
    """What is counted."""

    logins_count = serializers.IntegerField(min_value=0, required=False)


class SessionEvent(StrictSerializer):
    """The login session."""

    id = _text()
    methods = _texts()


class MockEvent(StrictSerializer):
    """An event; what it does not say is as for nobody in particular. Without `user` a machine asks."""

    user = UserEvent(required=False, allow_null=True)
    client = ClientEvent(required=False)
    resource_server = ResourceServerEvent(required=False, allow_null=True)
    request = RequestEvent(required=False)
    connection = ConnectionEvent(required=False)
    organization = OrganizationEvent(required=False, allow_null=True)
    authorization = AuthorizationEvent(required=False)
    stats = StatsEvent(required=False)
    session = SessionEvent(required=False)
    protocol = _text()
    grant_type = _text()
    scopes = _texts()
    allowed_scopes = _texts()
