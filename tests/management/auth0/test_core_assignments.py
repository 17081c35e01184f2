"""What somebody had of Auth0's own roles and permissions…"""

from typing import Any

import pytest

from authhub.management.auth0.core_assignments import Known, give_core_access
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.users_export import OldUser
from authhub.models import PendingAssignment
from authhub.rbac.review import user_permissions
from tests.factories import PermissionFactory, RoleFactory, RolePermissionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> Known:
    link = RolePermissionFactory(role__name="Employee", permission__value="read:timesheets")
    direct = PermissionFactory(resource_server=link.permission.resource_server, value="batch:upload")
    return Known({"Employee": link.role, "rol_1": link.role}, {("urn:old", "batch:upload"): direct})


def old(**further: Any) -> OldUser:
    return OldUser(
        user_id="auth0|a1", roles=("rol_1", "Employee"), permissions=(("urn:old", "batch:upload"),), **further
    )


def test_becomes_his_account_s_once(known: Known) -> None:
    user = UserFactory()

    assert give_core_access([old()], {"auth0|a1": user}, known, Findings(), reason="the move") == 2
    assert give_core_access([old()], {"auth0|a1": user}, known, Findings(), reason="the move") == 0

    held = user_permissions(user, None).values_list("value", flat=True)
    assert set(held) == {"read:timesheets", "batch:upload"}


def test_waits_for_who_is_not_here_once(known: Known) -> None:
    assert give_core_access([old()], {}, known, Findings(), reason="the move") == 2
    assert give_core_access([old()], {}, known, Findings(), reason="the move") == 0

    assert {str(each.given) for each in PendingAssignment.objects.filter(identity="auth0|a1")} == {
        "Employee",
        "batch:upload",
    }


def test_is_reported_where_it_is_not_known(known: Known) -> None:
    findings = Findings()
    user = OldUser(user_id="auth0|a1", roles=("Owner",), permissions=(("urn:old", "gone"),))

    assert give_core_access([user], {}, known, findings, reason="") == 0

    assert [each.code for each in findings.made] == ["dangling", "dangling"]


def test_is_not_given_to_a_disabled_account(known: Known) -> None:
    user = UserFactory(is_active=False)

    assert give_core_access([old()], {"auth0|a1": user}, known, Findings(), reason="") == 0


def test_costs_as_many_queries_however_many_users_have_it_already(known: Known, django_assert_num_queries: Any) -> None:
    users = {f"auth0|b{number}": UserFactory() for number in range(5)}
    batch = [OldUser(user_id=user_id, roles=("Employee",)) for user_id in users]
    give_core_access(batch, users, known, Findings(), reason="")
    RoleFactory()

    with django_assert_num_queries(2):
        give_core_access(batch, users, known, Findings(), reason="")
