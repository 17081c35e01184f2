"""Rules: which there are, whether and where they run, and what one would do (C.9, E-28)."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import invalid_body, not_found
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.preconditions import require_match
from authhub.api.rights import GuardedView
from authhub.api.rule_events import MockEvent
from authhub.models import RuleSetting
from authhub.rbac import administration
from authhub.rules.mock_events import MockEventError, context_from
from authhub.rules.registry import TRIGGERS, Rule
from authhub.rules.trial import Trial, find_rule, try_rule

RIGHTS = {
    "GET": "authhub.view_rulesetting",
    "PATCH": "authhub.change_rulesetting",
    "POST": "authhub.change_rulesetting",
}


class RuleIn(StrictSerializer):
    """What may be said of a rule; its code is in the deployment."""

    enabled = serializers.BooleanField(source="is_enabled", required=False)
    shadow = serializers.BooleanField(source="is_shadow", required=False)
    order = serializers.IntegerField(
        min_value=-1_000_000, max_value=1_000_000, required=False, allow_null=True, help_text="null: as the code says."
    )


class RuleOut(StrictSerializer):
    """A rule as it is shown. Its id is its name."""

    id = serializers.CharField()
    name = serializers.CharField()
    stage = serializers.CharField(help_text="The trigger.")
    description = serializers.CharField(allow_blank=True)
    enabled = serializers.BooleanField()
    shadow = serializers.BooleanField()
    order = serializers.IntegerField()


class RuleTrialOut(StrictSerializer):
    """What a rule would do."""

    status = serializers.CharField()
    denial = serializers.DictField(allow_null=True)
    changes = serializers.ListField(child=serializers.CharField())
    refusals = serializers.ListField(child=serializers.CharField())
    error = serializers.CharField(allow_blank=True)
    scopes = serializers.ListField(child=serializers.CharField())
    access_token_claims = serializers.DictField()
    id_token_claims = serializers.DictField()
    console = serializers.CharField(allow_blank=True, help_text="What it printed.")
    milliseconds = serializers.FloatField()


class RulesView(GuardedView):
    """All rules that the code registers."""

    scopes = {"GET": ("read:rules",)}
    rights = RIGHTS

    @extend_schema(responses=RuleOut(many=True))
    def get(self, request: Request) -> Response:
        """List rules by trigger and place."""
        settings = {setting.name: setting for setting in RuleSetting.objects.all()}
        return Response(
            [
                rule
                for trigger in TRIGGERS
                for rule in sorted(
                    (_data(trigger.name, rule, settings.get(rule.name)) for rule in trigger.rules),
                    key=lambda shown: (shown["order"], shown["name"]),
                )
            ]
        )


class RuleView(GuardedView):
    """One rule."""

    scopes = {"GET": ("read:rules",), "PATCH": ("update:rules",)}
    rights = RIGHTS

    @extend_schema(responses=RuleOut)
    def get(self, request: Request, rule_name: str) -> Response:
        """Show it."""
        return Response(_data(*_find(rule_name), RuleSetting.objects.filter(name=rule_name).first()))

    @extend_schema(request=RuleIn, responses=RuleOut)
    def patch(self, request: Request, rule_name: str) -> Response:
        """Switch it on or off, let it run in shadow, or give it another place."""
        body, (trigger, rule) = body_of(request, RuleIn, partial=True), _find(rule_name)
        with transaction.atomic():
            setting = RuleSetting.objects.select_for_update().filter(name=rule.name).first()
            require_match(request, _data(trigger, rule, setting))
            changed = setting or RuleSetting(name=rule.name)
            for column, value in body.items():
                setattr(changed, column, value)
            store = administration.create_record if setting is None else administration.change_record
            store(changed, by=self.caller.actor)
        return Response(_data(trigger, rule, changed))


class TryRuleView(GuardedView):
    """One rule, tried."""

    scopes = {"POST": ("update:rules",)}
    rights = RIGHTS

    @extend_schema(request=MockEvent, responses=RuleTrialOut)
    def post(self, request: Request, rule_name: str) -> Response:
        """
        Run it on a made-up event, alone, even if it is switched off. No token comes of it.

        What it writes to the database is rolled back; what it sends elsewhere is sent.
        """
        event, (trigger, rule) = body_of(request, MockEvent), _find(rule_name)
        try:
            context = context_from(event)
        except MockEventError as error:
            raise invalid_body(str(error)) from error
        return Response(_trial_data(try_rule(trigger, rule, context)))


def _find(name: str) -> tuple[str, Rule]:
    found = find_rule(name)
    if found is None:
        raise not_found("rule", name)
    return found


def _data(trigger: str, rule: Rule, setting: RuleSetting | None) -> dict[str, Any]:
    order = None if setting is None else setting.order
    return {
        "id": rule.name,
        "name": rule.name,
        "stage": trigger,
        "description": (getattr(rule.function, "__doc__", "") or "").strip().partition("\n")[0],
        "enabled": setting is None or setting.is_enabled,
        "shadow": setting is not None and setting.is_shadow,
        "order": rule.order if order is None else order,
    }


def _trial_data(trial: Trial) -> dict[str, Any]:
    verdict, [entry] = trial.verdict, trial.verdict.trace
    refusal = verdict.refusal
    return {
        "status": entry.status.value,
        "denial": None if refusal is None else {"code": refusal.code, "description": refusal.description},
        "changes": list(entry.changes),
        "refusals": list(entry.refusals),
        "error": entry.error,
        "scopes": list(verdict.scopes),
        "access_token_claims": verdict.access_token_claims,
        "id_token_claims": verdict.id_token_claims,
        "console": trial.console,
        "milliseconds": entry.milliseconds,
    }
