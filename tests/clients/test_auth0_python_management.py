"""The management part of auth0-python, as PyPI has it…"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from auth0.management.core.api_error import ApiError
from auth0.management.errors import BadRequestError, NotFoundError, UnauthorizedError

from tests.clients.documentation import python_module

pytestmark = pytest.mark.slow


@pytest.fixture
def program(issuer, trusted, monkeypatch, tmp_path) -> Iterator[ModuleType]:
    """The program of the documentation, for the demo's application `management`."""
    for variable, value in issuer.variables("management").items():
        monkeypatch.setenv(variable, value)
    module = python_module("manage_with_auth0_python.py", tmp_path)
    yield module
    close(module.management)


@pytest.fixture
def management(program) -> Any:
    """The library's client, which gets its token by itself."""
    return program.management


@pytest.fixture
def unique() -> str:
    return secrets.token_hex(4)


def close(client: Any) -> None:
    """Close the library's connections, which it leaves to the end of the process."""
    client._api._client_wrapper.httpx_client.httpx_client.close()


@contextmanager
def refused(error: type[ApiError], code: str) -> Iterator[None]:
    with pytest.raises(error) as caught:
        yield
    assert caught.value.body["errorCode"] == code


def test_gives_somebody_a_role_as_the_documentation_says(program, management, issuer, unique):
    role_id = program.let_read(f"Reader {unique}", issuer.login("nobody")[0])
    again = program.let_read(f"Reader {unique}", issuer.login("nobody")[0])

    assert again == role_id
    [user] = management.users.list_users_by_email(email=issuer.login("nobody")[0])
    assert role_id in [role.id for role in management.users.roles.list(user.user_id)]
    assert user.user_id in [each.user_id for each in management.roles.users.list(role_id)]
    management.roles.delete(role_id)
    assert role_id not in [role.id for role in management.users.roles.list(user.user_id)]


def test_lists_page_by_page(management, unique):
    made = [management.roles.create(name=f"Page {unique} {number}").id for number in range(3)]

    pager = management.roles.list(name_filter=unique, per_page=2)

    assert [role.id for role in pager] == made
    for role_id in made:
        management.roles.delete(role_id)


def test_finds_somebody_whose_id_has_slashes(management, unique):
    made = management.users.create(
        connection="Username-Password-Authentication",
        email=f"{unique}@exampleco.com",
        user_id=f"samlp|idp|https://idp.example.com/{unique}",
    )

    assert management.users.get(made.user_id).email == f"{unique}@exampleco.com"
    assert list(management.users.roles.list(made.user_id)) == []
    management.users.delete(made.user_id)


def test_manages_people_and_what_they_hold(management, issuer, unique):
    user = management.users.create(
        connection="Username-Password-Authentication", email=f"{unique}@exampleco.com", password=secrets.token_hex(12)
    )
    permission = {"resource_server_identifier": issuer.data["audience"], "permission_name": "read:timesheets"}

    management.users.permissions.create(user.user_id, permissions=[permission])

    held = [each.permission_name for each in management.users.permissions.list(user.user_id)]
    assert held == ["read:timesheets"]
    assert [each.email for each in management.users.list(q=f"email:{unique}*")] == [f"{unique}@exampleco.com"]
    assert management.users.update(user.user_id, name="Una").name == "Una"
    management.users.permissions.delete(user.user_id, permissions=[permission])
    assert list(management.users.permissions.list(user.user_id)) == []
    management.users.delete(user.user_id)
    with refused(NotFoundError, "inexistent_user"):
        management.users.get(user.user_id)


def test_manages_apis_applications_and_their_access(management, unique):
    identifier = f"https://api.example.com/{unique}"
    api = management.resource_servers.create(
        name="Things", identifier=identifier, scopes=[{"value": "read:things"}, {"value": "send:things"}]
    )
    client = management.clients.create(name=f"Job {unique}", app_type="non_interactive")
    grant = management.client_grants.create(client_id=client.client_id, audience=identifier, scope=["read:things"])

    assert management.resource_servers.get(identifier).id == api.id
    assert [each.identifier for each in management.resource_servers.list(identifiers=[identifier])] == [identifier]
    assert client.client_id in [each.client_id for each in management.clients.list(app_type=["non_interactive"])]
    assert [each.id for each in management.client_grants.list(client_id=client.client_id)] == [grant.id]
    assert management.client_grants.update(grant.id, scope=["send:things"]).scope == ["send:things"]
    assert management.clients.rotate_secret(client.client_id).client_secret != client.client_secret
    management.resource_servers.update(api.id, scopes=[{"value": "read:things"}])
    assert management.client_grants.get(grant.id).scope == []
    management.clients.delete(client.client_id)
    management.resource_servers.delete(api.id)
    assert list(management.client_grants.list(audience=identifier)) == []


def test_reads_groups_keys_sessions_and_what_happened(management, issuer):
    [user] = management.users.list_users_by_email(email=issuer.login("employee")[0])

    assert next(key.current for key in management.keys.signing.list()) is True
    assert list(management.groups.list()) == []
    assert list(management.refresh_tokens.list(user_id=user.user_id, take=5)) is not None
    assert list(management.device_credentials.list(user_id=user.user_id, client_id="none", type="public_key")) == []
    assert management.tenants.settings.get().enabled_locales
    assert next(iter(management.logs.list(per_page=1, search="type:record.*"))).type.startswith("record.")
    assert management.stats.get_active_users_count() >= 0


def test_says_what_is_wrong(management, issuer, unique):
    with refused(BadRequestError, "invalid_body"):
        management.client_grants.create(
            client_id=issuer.data["applications"]["job"]["client_id"],
            audience=issuer.data["audience"],
            scope=["no:such"],
            subject_type="user",
        )
    with refused(NotFoundError, "inexistent_role"):
        management.roles.get("rol_none")


def test_gets_nothing_with_a_token_for_another_api(issuer, trusted):
    from auth0.authentication import GetToken
    from auth0.management import ManagementClient

    job = issuer.data["applications"]["job"]
    token = GetToken(issuer.domain, job["client_id"], client_secret=job["client_secret"]).client_credentials(
        issuer.data["audience"]
    )["access_token"]

    for stranger in (token, "no token"):
        client = ManagementClient(domain=issuer.domain, token=stranger)
        with pytest.raises(UnauthorizedError):
            list(client.roles.list())
        close(client)
