"""A machine that may do everything at the Authorization Extension's API."""

from collections.abc import Callable

import pytest

from tests.api.conftest import Api


@pytest.fixture
def authz(extension: Callable[..., Api]) -> Api:
    return extension()
