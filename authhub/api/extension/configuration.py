"""The Extension's configuration: toggles, the key of the policy endpoint, import and export."""

from typing import Any

from django.db import connection, transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView
from authhub.api.extension.groups import GroupRecord
from authhub.api.extension.joi import Flag, object_in, read_body, read_query
from authhub.api.extension.roles import RoleRecord
from authhub.api.extension.shapes import RecordOfApplication
from authhub.api.parsing import IMPORT_LIMIT, StrictSerializer
from authhub.models import RuleSetting
from authhub.rbac import administration
from authhub.rbac.extension.documents import TOGGLES
from authhub.rbac.extension.exporting import configuration, export_extension
from authhub.rbac.extension.importing import ImportMode, import_extension
from authhub.rbac.extension.settings import change_settings, rotate_api_key
from authhub.rules.builtin import AUTHORIZATION_EXTENSION


class Toggles(StrictSerializer):
    """Those of the nine toggles that are set."""

    def get_fields(self) -> dict[str, Any]:
        """Make a field of each."""
        return {name: Flag(required=False) for name in TOGGLES}


class Settings(StrictSerializer):
    """The nine toggles."""

    def get_fields(self) -> dict[str, Any]:
        """Make a field of each."""
        return {"_id": serializers.CharField(), **{name: serializers.BooleanField() for name in TOGGLES}}


class RuleStatus(StrictSerializer):
    """Whether there is the rule, and whether it runs."""

    exists = serializers.BooleanField()
    enabled = serializers.BooleanField()


class DatabaseStatus(StrictSerializer):
    """How much is stored, and where."""

    size = serializers.IntegerField()
    type = serializers.CharField()


class Status(StrictSerializer):
    """Of the rule, and of the data."""

    rule = RuleStatus()
    database = DatabaseStatus()


class NewKey(StrictSerializer):
    """The key itself, under the Extension's name for it."""

    hash = serializers.CharField()


class Exported(StrictSerializer):
    """Everything that the Extension knows."""

    configuration = Settings(many=True)
    groups = GroupRecord(many=True)
    roles = RoleRecord(many=True)
    permissions = RecordOfApplication(many=True)


class Imported(StrictSerializer):
    """An export, of authhub's or of the Extension's; what is in `applications` and `rules` is not used."""

    configuration = serializers.ListField(child=serializers.DictField(), required=False)
    groups = GroupRecord(many=True, required=False)
    roles = RoleRecord(many=True, required=False)
    permissions = RecordOfApplication(many=True, required=False)
    applications = serializers.ListField(child=serializers.DictField(), required=False)
    rules = serializers.ListField(child=serializers.DictField(), required=False)


class ImportOutcome(StrictSerializer):
    """How many records of each kind would be created, changed and deleted, and what to know about it."""

    created = serializers.DictField(child=serializers.IntegerField())
    changed = serializers.DictField(child=serializers.IntegerField())
    deleted = serializers.DictField(child=serializers.IntegerField())
    warnings = serializers.ListField(child=serializers.CharField())


class ConfigurationView(ExtensionView):
    """The nine toggles; the key is not shown."""

    scopes = {"GET": ("read:configuration",), "PATCH": ("update:configuration",)}

    @extend_schema(responses=Settings)
    def get(self, request: Request) -> Response:
        """Show them."""
        return Response({"_id": "v1", **configuration()})

    @extend_schema(request=Toggles, responses=Settings)
    def patch(self, request: Request) -> Response:
        """Set those that the body names, and have the built-in rule run, as publishing it did."""
        said = read_body(request, Toggles)
        with transaction.atomic():
            change_settings(values={TOGGLES[name]: value for name, value in said.items()}, by=self.caller.actor)
            _let_rule_run(self.caller.actor)
        return Response({"_id": "v1", **configuration()})


class StatusView(ExtensionView):
    """Whether the built-in rule runs, and where the data is; nothing limits its size, so none is told."""

    scopes = {"GET": ("read:configuration",)}

    @extend_schema(responses=Status)
    def get(self, request: Request) -> Response:
        """Show it."""
        setting = RuleSetting.objects.filter(name=AUTHORIZATION_EXTENSION).first()
        rule = {"exists": True, "enabled": setting is None or _runs(setting)}
        return Response({"rule": rule, "database": {"size": 0, "type": connection.vendor}})


class RotateKeyView(ExtensionView):
    """The key with which a rule elsewhere asks for policies."""

    scopes = {"PATCH": ("update:configuration",)}

    @extend_schema(request=None, responses=NewKey)
    def patch(self, request: Request) -> Response:
        """Make a new one, shown this once; send it as ``x-api-key``."""
        return Response({"hash": rotate_api_key(by=self.caller.actor)})


class ExportView(ExtensionView):
    """Everything that the Extension knows."""

    scopes = {"GET": ("read:configuration",)}

    @extend_schema(responses=Exported)
    def get(self, request: Request) -> Response:
        """Export it, sorted and without secrets."""
        return Response(export_extension())


class ImportQuery(StrictSerializer):
    """Whether what is not in the document goes, as in the Extension, and whether to take it all back afterwards."""

    mode = serializers.ChoiceField([mode.value for mode in ImportMode], required=False)
    dry_run = serializers.BooleanField(required=False)


class ImportView(ExtensionView):
    """A whole configuration."""

    scopes = {"POST": ("update:configuration",)}
    body_limit = IMPORT_LIMIT

    @extend_schema(parameters=[ImportQuery], request=Imported, responses={200: ImportOutcome, 204: None})
    def post(self, request: Request) -> Response:
        """Import it, everything or nothing. A dry run answers 200 with what it would do."""
        query = read_query(request, ImportQuery)
        dry_run = query.get("dry_run", False)
        report = import_extension(
            object_in(request),
            mode=ImportMode(query.get("mode", ImportMode.REPLACE)),
            dry_run=dry_run,
            by=self.caller.actor,
        )
        if not dry_run:
            return Response(status=204)
        return Response(
            {
                "created": report.created,
                "changed": report.changed,
                "deleted": report.deleted,
                "warnings": report.warnings,
            }
        )


def _runs(setting: RuleSetting) -> bool:
    return setting.is_enabled and not setting.is_shadow


def _let_rule_run(by: Any) -> None:
    setting = RuleSetting.objects.select_for_update().filter(name=AUTHORIZATION_EXTENSION).first()
    if setting is not None and not _runs(setting):
        setting.is_enabled, setting.is_shadow = True, False
        administration.change_record(setting, by=by)
