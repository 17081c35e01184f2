"""A prepared query ..."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from authhub.models import ApplicationProfile, Role
from authhub.models.prepared import PreparedRows, partial
from tests.factories import ApplicationFactory, RoleFactory

pytestmark = pytest.mark.django_db


def made(compositions: list[str]) -> PreparedRows:
    def make(name: object) -> QuerySet[Role, tuple[object, ...]]:
        compositions.append("composed")
        return Role.objects.order_by().filter(name=name).values_list("name", "is_active")

    return PreparedRows(make, name=lambda: Role._meta.get_field("name"))


def test_answers_each_question_with_its_own_rows():
    RoleFactory(name="Employee")
    RoleFactory(name="Manager", is_active=False)
    rows = made([])

    assert rows(name="Employee") == [("Employee", True)]
    assert rows(name="Manager") == [("Manager", False)]
    assert rows(name="Nobody") == []


def test_is_composed_once_and_costs_one_query_each_time():
    compositions: list[str] = []
    rows = made(compositions)

    with CaptureQueriesContext(connection) as queries:
        rows(name="Employee")
        rows(name="Manager")

    assert compositions == ["composed"]
    assert len(queries) == 2


def test_takes_hostile_values_for_values():
    RoleFactory(name="Employee")

    assert made([])(name="x' OR '1'='1") == []


def test_gives_the_same_python_values_as_the_orm():
    profile = ApplicationFactory(profile={"metadata": {"a": "b"}}).authhub_profile
    rows = PreparedRows(
        lambda key: ApplicationProfile.objects.filter(pk=key).values_list("grant_types", "metadata", "is_active"),
        key=lambda: ApplicationProfile._meta.pk.target_field,
    )

    assert rows(key=profile.pk) == [(profile.grant_types, {"a": "b"}, True)]


def test_makes_instances_that_read_what_is_missing():
    role = RoleFactory(name="Employee", description="All")
    read = partial(Role, ["name", "id"], [role.name, role.pk])

    with CaptureQueriesContext(connection) as queries:
        description = read.description

    assert (read, read.name, description, len(queries)) == (role, "Employee", "All", 1)
