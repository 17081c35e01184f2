"""Export and import of the Extension's document undo each other (E-22)…"""

import json
from typing import Any

import pytest
from django.apps import apps
from hypothesis import strategies as st

from authhub.models import HierarchyLock
from authhub.rbac.extension.exporting import export_extension
from authhub.rbac.extension.importing import ImportMode, import_extension
from tests.management.auth0.laws import on_random_exports
from tests.rbac.extension.random_worlds import BESIDE, documents, in_order, make_people

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
anything_beside = st.sets(st.sampled_from(sorted(BESIDE)))


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of ours; the events, too."""
    tables = [model for model in apps.get_app_config("authhub").get_models() if model is not HierarchyLock]
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in tables}


@on_random_exports(document=documents(), beside=anything_beside)
def test_an_import_of_what_was_exported_changes_nothing(document: dict[str, Any], beside: set[str]) -> None:
    make_people()
    for each in sorted(beside):
        BESIDE[each]()
    import_extension(document, mode=ImportMode.MERGE, by=None)
    exported = export_extension()
    before = everything()

    for mode in (ImportMode.REPLACE, ImportMode.MERGE):
        report = import_extension(json.loads(json.dumps(exported)), mode=mode, by=None)

        assert (report.created, report.changed, report.deleted, report.warnings) == ({}, {}, {}, ())
        assert everything() == before


@on_random_exports(document=documents(), before=documents())
def test_an_export_of_what_was_imported_says_the_same(document: dict[str, Any], before: dict[str, Any]) -> None:
    make_people()
    import_extension(before, mode=ImportMode.REPLACE, by=None)

    import_extension(document, mode=ImportMode.REPLACE, by=None)

    assert export_extension() == in_order(document)


@on_random_exports(document=documents(), beside=anything_beside)
def test_a_replacement_makes_the_same_again_of_nothing(document: dict[str, Any], beside: set[str]) -> None:
    # Nobody may be locked out, and names of new groups differ in more than their case.
    beside -= {"_administrators", "_native_twins"}
    make_people()
    import_extension(document, mode=ImportMode.REPLACE, by=None)
    for each in sorted(beside):
        BESIDE[each]()
    exported = export_extension()
    import_extension({}, mode=ImportMode.REPLACE, by=None)

    import_extension(exported, mode=ImportMode.REPLACE, by=None)

    assert export_extension() == exported
