"""``authhub_advise``: which flow an application should use, from the answers to a few questions (M-26)."""

import json
import sys
import textwrap
from argparse import BooleanOptionalAction
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.models import ApplicationType
from authhub.oauth.advice import ASKED, QUESTIONS, Advice, Answers, ContradictionError, advise
from authhub.oauth.flows import FLOWS, Flow

BAD_INPUT = 2
TYPES = {
    "spa": ApplicationType.SPA,
    "regular_web": ApplicationType.REGULAR_WEB,
    "native": ApplicationType.NATIVE,
    "machine": ApplicationType.MACHINE_TO_MACHINE,
    "non_interactive": ApplicationType.MACHINE_TO_MACHINE,
}
OPTIONS = {
    "user": "has_user",
    "confidential": "has_secret",
    "browser": "has_browser",
    "can-redirect": "can_redirect",
    "pkce": "has_pkce",
    "api": "calls_api",
    "offline": "works_offline",
    "front-channel-id-token": "needs_front_channel_id_token",
    "password-form": "takes_password",
}
YES_OR_NO = {"": None, "y": True, "yes": True, "n": False, "no": False}
WIDTH = 100


class Command(BaseCommand):
    """Ends with 0 and the advice, or with 2 when the answers describe no application."""

    requires_system_checks = ()
    help = (
        "Say which OAuth flow an application should use, why, and what to set up. Without options it asks, "
        "when started on a terminal. Exit status: 0, or 2 when the answers contradict each other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare one option per question."""
        parser.add_argument("--type", choices=TYPES, help="what kind of application it is")
        for option, field in OPTIONS.items():
            parser.add_argument(f"--{option}", dest=field, action=BooleanOptionalAction, help=QUESTIONS[field])
        parser.add_argument("--list", action="store_true", help="list the seven flows instead")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer from the options, or ask."""
        if options["list"]:
            self.stdout.write(_as_json(_catalogue()) if options["json"] else _listed())
            return
        answers = Answers(
            application_type=TYPES.get(options["type"]), **{field: options[field] for field in OPTIONS.values()}
        )
        if answers == Answers() and sys.stdin.isatty():
            answers = self._ask()
        try:
            advice = advise(answers)
        except ContradictionError as error:
            hint = "; see --type" if answers.application_type is None else ""
            raise CommandError(f"{error}{hint}", returncode=BAD_INPUT) from error
        self.stdout.write(_as_json(advice.as_data()) if options["json"] else _as_text(advice))

    def _ask(self) -> Answers:
        kinds = list(ApplicationType)
        for number, kind in enumerate(kinds, start=1):
            self.stderr.write(f"  {number}  {kind.label}")
        kind = self._reply("What is it? [1-4]", {str(number): kind for number, kind in enumerate(kinds, start=1)})
        answers = Answers(application_type=kind)
        for field in ASKED[kind]:
            answers = replace(answers, **{field: self._reply(f"{QUESTIONS[field]} [y/n, Enter: as usual]", YES_OR_NO)})
        return answers

    def _reply(self, question: str, replies: dict[str, Any]) -> Any:
        while True:
            self.stderr.write(f"{question} ", ending="")
            self.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                raise CommandError("the questions were not answered", returncode=BAD_INPUT)
            if (reply := line.strip().lower()) in replies:
                return replies[reply]


def _as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _catalogue() -> list[dict[str, Any]]:
    return [
        {
            "flow": flow.value,
            "title": facts.title,
            "grant_type": facts.grant_type.value,
            "purpose": facts.purpose,
            "references": list(facts.references),
            "is_legacy": facts.is_legacy,
            "is_enabled": facts.is_enabled,
            "instead": facts.instead,
        }
        for flow, facts in FLOWS.items()
    ]


def _listed() -> str:
    widest = max(len(facts.title) for facts in FLOWS.values())
    return "\n".join(
        f"{facts.title:{widest}}  {'on ' if facts.is_enabled else 'off'}  {facts.purpose}" for facts in FLOWS.values()
    )


def _as_text(advice: Advice) -> str:
    lines = [_headline(advice.flow), "", "Because", *_points(advice.reasons), "", "Set up", *_points(advice.settings)]
    if advice.legacy is not None:
        facts = FLOWS[advice.legacy]
        lines += ["", f"What you described is {_headline(advice.legacy)}", "", "Rather not, because"]
        lines += [*_points(advice.legacy_reasons), "", f"Use instead: {facts.instead}", "", "If you must"]
        lines += _points(facts.settings)
    return "\n".join(lines)


def _headline(flow: Flow) -> str:
    facts = FLOWS[flow]
    off = "" if facts.is_enabled else "; off on this server"
    return f"{facts.title} ({', '.join(facts.references)}){off}"


def _points(sentences: tuple[str, ...]) -> list[str]:
    return [
        textwrap.fill(sentence, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
        for sentence in sentences
    ]
