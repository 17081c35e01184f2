"""Random documents of the Extension that say nothing twice, and what else there may be beside what they say."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone
from hypothesis import strategies as st

from authhub.rbac.administration import install_administrative_apis
from authhub.rbac.extension.documents import TOGGLES
from tests import factories
from tests.management.auth0.exports import key, subsets

HERE = ("auth0|59c1e3f0", "waad|brought@along")
"""User ids of people who are here."""
EXPECTED = ("auth0|later", "samlp|x@example.com", "jo@example.com")
APPLICATIONS = (("client", "spa"), ("client", "mobile"), ("resource_server", "https://api.example.com"))
NAMES = ("read:thing", "Read Thing", "read-thing", "READ:OTHER", "openid", "Прочитать", "x" * 50)


def _named(draw: st.DrawFn, letter: str, number: int) -> dict[str, Any]:
    return {
        "_id": key(f"{letter}{number}"),
        "name": f"{draw(st.sampled_from(NAMES))}{draw(st.sampled_from(['', ' ']))}{letter}{number}",
        "description": draw(st.sampled_from(["", "Said", " said "])),
    }


def _of_application(number: int) -> dict[str, str]:
    """The same number belongs to the same application in every document: that cannot change."""
    kind, identifier = APPLICATIONS[number % len(APPLICATIONS)]
    return {"applicationType": kind, "applicationId": identifier}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return a document as an export writes it, but for its order."""
    people = [*HERE, *EXPECTED]
    permissions = [
        {**_named(draw, "c", number), **_of_application(number)}
        for number in draw(st.sets(st.integers(0, 5), max_size=5))
    ]
    roles = []
    for number in draw(st.sets(st.integers(0, 5), max_size=4)):
        own = [each["_id"] for each in permissions if each["applicationId"] == _of_application(number)["applicationId"]]
        lists = {"users": draw(subsets(people, True))}
        record = {**_named(draw, "b", number), **_of_application(number), "permissions": draw(subsets(own, True))}
        roles.append(record | {name: values for name, values in lists.items() if values})
    numbers = sorted(draw(st.sets(st.integers(0, 5), max_size=5)))
    order = draw(st.permutations(numbers))  # else no nesting could be turned round
    groups = []
    for place, number in enumerate(order):
        parts = {
            "members": draw(subsets(people, True)),
            "nested": draw(subsets([key(f"a{child}") for child in order[place + 1 :]], True)),
            "roles": draw(subsets([each["_id"] for each in roles], True)),
            "mappings": draw(st.lists(_mappings(number), max_size=2, unique_by=(_id, _group_name))),
        }
        groups.append({**_named(draw, "a", number), **{name: values for name, values in parts.items() if values}})
    configuration = {"_id": "v1", **{name: draw(st.booleans()) for name in TOGGLES}}
    return {"configuration": [configuration], "groups": groups, "roles": roles, "permissions": permissions}


def _id(mapping: dict[str, Any]) -> str:
    return str(mapping["_id"])


def _group_name(mapping: dict[str, Any]) -> str:
    return str(mapping["groupName"])


def _mappings(number: int) -> st.SearchStrategy[dict[str, Any]]:
    """Of a few ids, which may go from one of a group's mappings to another."""
    texts = {"groupName": st.sampled_from(["Incoming", "Other"]), "connectionName": st.just("ad")}
    return st.sampled_from(["d", "e"]).flatmap(
        lambda letter: st.fixed_dictionaries({"_id": st.just(key(f"{letter}{number}")), **texts})
    )


def in_order(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document in the order of an export."""
    records = {
        collection: sorted(
            ({**each, **_sorted_lists(each)} for each in document[collection]), key=lambda row: row["_id"]
        )
        for collection in ("groups", "permissions", "roles")
    }
    return {"configuration": document["configuration"], **records}


def _sorted_lists(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(values, key=lambda each: each["_id"] if isinstance(each, dict) else each)
        for name, values in record.items()
        if isinstance(values, list)
    }


def make_people() -> None:
    """Let some be here whom documents name: one of them cannot sign in any more."""
    for subject, is_active in zip(HERE, (True, False), strict=True):
        factories.UserProfileFactory(subject=subject, user__is_active=is_active)


def _native_role() -> None:
    link = factories.RolePermissionFactory(role__name="Native")
    factories.RoleAssignmentFactory(role=link.role, user=factories.UserFactory())
    factories.RoleInclusionFactory(role=link.role)


def _native_twins() -> None:
    api = factories.ResourceServerFactory()
    for value in ("read:x", "READ:X"):
        factories.PermissionFactory(resource_server=api, value=value)
    for name in ("Twin", "twin"):
        factories.RoleFactory(name=name)
        factories.GroupFactory(name=name)


def _long_names() -> None:
    api = factories.ResourceServerFactory(identifier=f"https://{'x' * 590}")
    permission = factories.PermissionFactory(resource_server=api, value="y" * 280, description="z" * 500)
    role = factories.RoleFactory(name="r" * 200)
    factories.RolePermissionFactory(role=role, permission=permission)
    factories.GroupMembershipFactory(group__name="g" * 200, group__description="d" * 500)


def _switched_off() -> None:
    factories.RoleAssignmentFactory(role__is_active=False, group=factories.GroupFactory(is_active=False))
    factories.RolePermissionFactory(permission__resource_server__is_active=False)


def _elsewhere_and_another_time() -> None:
    now, role = timezone.now(), factories.RoleFactory()
    user, group = factories.UserFactory(), factories.GroupFactory()
    organization = factories.OrganizationFactory()
    factories.RoleAssignmentFactory(role=role, user=user, organization=organization)
    factories.RoleAssignmentFactory(role=role, group=group, organization=organization)
    factories.RoleAssignmentFactory(role=role, user=factories.UserFactory(), ends_at=now - timedelta(days=1))
    factories.RoleAssignmentFactory(role=role, group=group, starts_at=now + timedelta(days=1))
    factories.PendingAssignmentFactory(role=role, ends_at=now - timedelta(days=1))
    factories.PendingAssignmentFactory(role=role, organization=organization)


def _direct_permissions() -> None:
    permission = factories.PermissionFactory()
    factories.PermissionAssignmentFactory(permission=permission, user=factories.UserFactory())
    factories.PermissionAssignmentFactory(permission=permission, group=factories.GroupFactory())


def _administrators() -> None:
    permission = install_administrative_apis()[0].permissions.first()
    role = factories.RolePermissionFactory(permission=permission).role
    group = factories.GroupMembershipFactory().group
    factories.RoleAssignmentFactory(role=role, group=group)


def _shared_permission() -> None:
    permission = factories.PermissionFactory(value="shared")
    for application in ("spa", "mobile", "third"):
        factories.ExtensionApplicationFactory(
            application_id=f"shared-{application}", resource_server=permission.resource_server
        )
        factories.ExtensionPermissionFactory(
            permission=permission, uuid=uuid4(), name="shared", application_id=f"shared-{application}"
        )
    own = factories.ExtensionRoleFactory(application_id="shared-mobile").role
    for role in (own, factories.RoleFactory(), factories.ExtensionRoleFactory(application_id="foreign").role):
        factories.RolePermissionFactory(role=role, permission=permission)


BESIDE = {
    made.__name__: made
    for made in (
        _native_role,
        _native_twins,
        _long_names,
        _switched_off,
        _elsewhere_and_another_time,
        _direct_permissions,
        _administrators,
        _shared_permission,
    )
}
"""What no document can say, or the Extension did not make."""
