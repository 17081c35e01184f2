"""Who gains and who loses what, as the API shows it (B-02, B-05)."""

from rest_framework import serializers

from authhub.api.parsing import StrictSerializer


class OrganizationNamed(StrictSerializer):
    """An organization where it is only named."""

    id = serializers.CharField()
    name = serializers.CharField()


class UserShiftOut(StrictSerializer):
    """What a user gains and loses at an API, for tokens of an organization or of none."""

    user_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    resource_server_identifier = serializers.CharField()
    organization = OrganizationNamed(allow_null=True)
    gained = serializers.ListField(child=serializers.CharField())
    lost = serializers.ListField(child=serializers.CharField())


class ApplicationShiftOut(StrictSerializer):
    """What an application may ask for at an API from then on, and no longer."""

    client_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    subject_type = serializers.CharField()
    resource_server_identifier = serializers.CharField()
    gained = serializers.ListField(child=serializers.CharField())
    lost = serializers.ListField(child=serializers.CharField())
    access_before = serializers.BooleanField()
    access_after = serializers.BooleanField()


class OutcomeOut(StrictSerializer):
    """Everybody who gains or loses anything."""

    users = UserShiftOut(many=True)
    applications = ApplicationShiftOut(many=True)
