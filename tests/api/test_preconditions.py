"""Whatever is changed or deleted by its id…"""

import re
from typing import Any
from urllib.parse import quote

import pytest

from authhub.api.urls import management_urlpatterns
from tests.api.conftest import Api
from tests.api.test_list_queries import fill

pytestmark = pytest.mark.django_db

SINGLE = re.compile(r"([a-z-]+)/<[a-z]+:[a-z_]+>\Z")
BODIES: dict[str, Any] = {
    "sessions": {"session_metadata": {}},
    "refresh-tokens": {"refresh_token_metadata": {}},
}
"""For a PATCH that may not be empty."""
NAMES = ("id", "user_id", "client_id")
"""Under which a list shows the id."""


SINGLES = {
    found[1]: {"PATCH", "DELETE"} & set(pattern.callback.cls.scopes)
    for pattern in management_urlpatterns
    if (found := SINGLE.match(str(pattern.pattern)))
}
"""What is named by its id, and how it may be changed."""


def ids_of_some(api: Api) -> dict[str, str]:
    """Return the id of something of each kind, as the lists say."""
    ids, queries = fill(1)
    some = {}
    for noun in (noun for noun, methods in SINGLES.items() if methods):
        place = f"users/{ids['user_id']}/sessions" if noun == "sessions" else noun
        said = api.get(f"{place}?{queries.get(noun, '')}").json()
        rows = said if isinstance(said, list) else next(each for each in said.values() if isinstance(each, list))
        some[noun] = next(str(rows[0][name]) for name in NAMES if name in rows[0])
    return some


def test_stays_as_it_is_when_it_has_changed_since_it_was_seen(api: Api) -> None:
    ids = ids_of_some(api)

    statuses = {
        (method, noun): api(
            method,
            f"{noun}/{quote(ids[noun], safe='')}",
            BODIES.get(noun, {}) if method == "PATCH" else None,
            if_match='"stale"',
        ).status_code
        for noun, methods in SINGLES.items()
        for method in methods
    }

    assert {operation for operation, status in statuses.items() if status != 412} == set()
    assert len(statuses) > 15
