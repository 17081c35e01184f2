"""The Extension's configuration: toggles, the key of the policy endpoint, import and export."""

from typing import Any

from django.db import connection
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView
from authhub.api.extension.joi import Flag, read_body, read_query
from authhub.api.parsing import IMPORT_LIMIT, StrictSerializer
from authhub.models import RuleSetting
from authhub.rbac.extension.documents import TOGGLES
from authhub.rbac.extension.exporting import configuration, export_extension
from authhub.rbac.extension.importing import ImportMode, import_extension
from authhub.rbac.extension.settings import change_settings, rotate_api_key
from authhub.rules.builtin import AUTHORIZATION_EXTENSION


class Toggles(StrictSerializer):
    """The nine toggles."""

    def get_fields(self) -> dict[str, Any]:
        """Make a field of each."""
        return {name: Flag(required=False) for name in TOGGLES}


class ConfigurationView(ExtensionView):
    """The nine toggles; the key is not shown."""

    scopes = {"GET": ("read:configuration",), "PATCH": ("update:configuration",)}

    @extend_schema(responses=Toggles)
    def get(self, request: Request) -> Response:
        """Show them."""
        return Response({"_id": "v1", **configuration()})

    @extend_schema(request=Toggles, responses=Toggles)
    def patch(self, request: Request) -> Response:
        """Set those that the body names."""
        said = read_body(request, Toggles)
        change_settings(values={TOGGLES[name]: value for name, value in said.items()}, by=self.caller.actor)
        return Response({"_id": "v1", **configuration()})


class StatusView(ExtensionView):
    """Whether the built-in rule runs, and where the data is; nothing limits its size, so none is told."""

    scopes = {"GET": ("read:configuration",)}

    @extend_schema(responses=serializers.DictField())
    def get(self, request: Request) -> Response:
        """Show it."""
        setting = RuleSetting.objects.filter(name=AUTHORIZATION_EXTENSION).first()
        rule = {"exists": True, "enabled": setting is None or (setting.is_enabled and not setting.is_shadow)}
        return Response({"rule": rule, "database": {"size": 0, "type": connection.vendor}})


class RotateKeyView(ExtensionView):
    """The key with which a rule elsewhere asks for policies."""

    scopes = {"PATCH": ("update:configuration",)}

    @extend_schema(request=None, responses=serializers.DictField())
    def patch(self, request: Request) -> Response:
        """Make a new one, shown this once; send it as ``x-api-key``."""
        return Response({"hash": rotate_api_key(by=self.caller.actor)})


class ExportView(ExtensionView):
    """Everything that the Extension knows."""

    scopes = {"GET": ("read:configuration",)}

    @extend_schema(responses=serializers.DictField())
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

    @extend_schema(parameters=[ImportQuery], request=serializers.DictField(), responses={204: None})
    def post(self, request: Request) -> Response:
        """Import it, everything or nothing. A dry run answers 200 with what it would do."""
        query = read_query(request, ImportQuery)
        dry_run = query.get("dry_run", False)
        report = import_extension(
            request.data,
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
