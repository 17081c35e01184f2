"""What is seen from outside: pages load nothing of others, and answers tell nothing of what is behind them."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.protocol.conftest import World
from tests.protocol.endpoints import ENDPOINTS, NAMES, Caller, path_of

LOADED = re.compile(r'<(?:script|img|iframe|source|embed)[^>]*\ssrc="([^"]*)"|<link[^>]*\shref="([^"]*)"')
PAGES = [name for name in NAMES if ENDPOINTS[name].caller in (Caller.BROWSER, Caller.PERSON)]


@pytest.mark.spec("security", "LK05")
@pytest.mark.parametrize("name", PAGES)
def test_pages_load_nothing_of_others_and_tell_nobody_where_one_was(world: World, name: str, settings: Any) -> None:
    cache.clear()
    settings.AUTHHUB = {**settings.AUTHHUB, "SESSION_MANAGEMENT": True}
    call = ENDPOINTS[name].prepare(world)

    for method in ENDPOINTS[name].methods:
        response = getattr(call.browser, method.lower())(path_of(name, call), call.parameters)

        loaded = [one or other for one, other in LOADED.findall(response.content.decode())]
        assert [address for address in loaded if not re.match(r"/(?!/)|data:,", address)] == []
        assert response["Referrer-Policy"] in ("same-origin", "strict-origin", "no-referrer")


@pytest.mark.spec("security", "HD02")
@pytest.mark.parametrize(
    "path",
    ["/nothing", "/%00", "/..%2f..%2fetc/passwd", "/oauth/token/..;/x", "/.well-known/nothing", "/authorize%0d%0aX:1"],
)
def test_what_is_not_there_tells_of_nothing_else(db: None, path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 404
    assert not re.search(rb"(?i)traceback|urlconf|django|authhub\.|/authorize|\d\.\d\.\d", response.content)
    assert not {"Server", "X-Powered-By", "Via"} & set(response.headers)
