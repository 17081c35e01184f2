"""Searching the event log with Auth0's ``q`` (C.10): ``type:s*``, ``user_id:"auth0|1"``, ``date:[2026-01-01 TO *]``."""

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from authhub.api.errors import invalid_query
from authhub.api.lucene import WILDCARD, Range, Reading, Text
from authhub.api.search_conditions import matching, moment_condition, text_of
from authhub.models import AuditEvent
from authhub.oauth.claims import user_key_of

COLUMNS = {"type": "tag", "client_name": "application__name", "subject": "subject", "reason": "reason"}
"""Texts, by the column that they stand in."""
EXACT = {"client_id": "application__client_id"}


def search_events(events: QuerySet[AuditEvent, AuditEvent], query: str) -> QuerySet[AuditEvent, AuditEvent]:
    """
    Return those of `events` that meet a query.

    Raises:
        ApiError: 400, it cannot be read, is too long, or asks for what is not known of events.
    """
    return events.filter(_Search().read(query))


class _Search(Reading):
    def term(self, name: str, value: Text | Range) -> Q:
        """Return the condition of one term; a bare word is looked for in what the event is about."""
        if name == "date":
            return moment_condition("happened_at", value)
        text = text_of(value)
        if not name:
            return matching("subject", text if WILDCARD in text else f"{WILDCARD}{text}{WILDCARD}")
        if name == "user_id":
            return Q(user=user_key_of(text)) if WILDCARD not in text else _refused(name)
        if name in EXACT:
            return Q(**{EXACT[name]: text}) if WILDCARD not in text else _refused(name)
        if name == "user_name":
            return matching(f"user__{get_user_model().USERNAME_FIELD}", text)
        if name in COLUMNS:
            return matching(COLUMNS[name], text)
        raise invalid_query(f"q: `{name[:100]}` is not a field of events that can be searched.")


def _refused(name: str) -> Q:
    raise invalid_query(f"q: A {name} is searched for as a whole.")
