"""Locking rows…"""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from authhub.models.row_locks import locked


@pytest.mark.parametrize(("can_name_tables", "named"), [(True, ("self",)), (False, ())])
def test_names_the_table_only_where_the_database_can(monkeypatch: Any, can_name_tables: bool, named: Any) -> None:
    """MariaDB has no ``FOR UPDATE OF``: Django would refuse the query."""
    monkeypatch.setattr(connection.features, "has_select_for_update_of", can_name_tables)

    query = locked(get_user_model().objects.all()).query

    assert query.select_for_update
    assert query.select_for_update_of == named
