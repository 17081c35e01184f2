"""The command ``authhub_token`` prints a token that ..."""

import json

import pytest
from django.core.management import CommandError, call_command

from authhub.models import AuditEvent, AuditTag
from authhub.oauth.signing_keys import verify
from tests.factories import (
    ApplicationFactory,
    ClientGrantFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return ResourceServerFactory(identifier="urn:timesheets")


@pytest.fixture
def reader(api):
    user, role = UserFactory(username="reader@example.com"), RoleFactory()
    RolePermissionFactory(role=role, permission=PermissionFactory(resource_server=api, value="read:timesheets"))
    RoleAssignmentFactory(role=role, user=user)
    PermissionFactory(resource_server=api, value="approve:timesheets")
    return user


def run(capsys, *arguments: str) -> str:
    call_command("authhub_token", *arguments)
    return capsys.readouterr().out.strip()


def claims_of(token: str):
    return verify(token, types=frozenset({"at+jwt"}))


def test_carries_what_the_user_s_roles_allow(capsys, api, reader):
    application = ApplicationFactory()

    token = run(
        capsys,
        "--user=reader@example.com",
        f"--application={application.client_id}",
        "--audience=urn:timesheets",
        "--scope=openid read:timesheets approve:timesheets",
    )

    assert claims_of(token)["scope"] == "openid read:timesheets"


def test_is_the_application_s_own_when_no_user_is_given(capsys, api):
    application = ApplicationFactory(application_type="non_interactive", name="Import")
    ClientGrantFactory(
        application=application,
        resource_server=api,
        permissions=[PermissionFactory(resource_server=api, value="batch:upload")],
    )

    answer = json.loads(run(capsys, "--application=Import", "--audience=urn:timesheets", "--format=json"))

    assert claims_of(answer["access_token"])["sub"] == f"{application.client_id}@clients"
    assert answer["scope"] == "batch:upload"


def test_is_told_of_in_the_event_log(capsys, api, reader):
    application = ApplicationFactory()

    run(capsys, "--user=reader@example.com", f"--application={application.client_id}", "--audience=urn:timesheets")

    assert AuditEvent.objects.get(tag=AuditTag.ISSUED_AT_SHELL).user == reader


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--user=nobody"], "there is no user `nobody`"),
        (["--application=nothing"], "there is no active application `nothing`"),
        (["--audience=urn:nowhere"], "access_denied: Service not found: urn:nowhere"),
    ],
)
def test_is_refused_in_one_sentence(capsys, api, reader, arguments, sentence):
    application = ApplicationFactory()
    given = ["--user=reader@example.com", f"--application={application.client_id}", "--audience=urn:timesheets"]

    with pytest.raises(CommandError) as refusal:
        run(capsys, *given, *arguments)

    assert str(refusal.value) == sentence


def test_is_refused_to_a_disabled_user(capsys, api, reader):
    application = ApplicationFactory()
    reader.is_active = False
    reader.save()

    with pytest.raises(CommandError, match="disabled"):
        run(capsys, "--user=reader@example.com", f"--application={application.client_id}")


def test_is_refused_where_several_applications_have_the_name(capsys, api):
    ApplicationFactory(name="Twin")
    ApplicationFactory(name="Twin")

    with pytest.raises(CommandError, match="give the client_id"):
        run(capsys, "--application=Twin")


def test_is_recorded_for_the_api_that_it_is_for(capsys, api, reader, settings):
    settings.AUTHHUB = {**settings.AUTHHUB, "DEFAULT_AUDIENCE": api.identifier}
    application = ApplicationFactory()

    run(capsys, "--user", reader.username, "--application", application.client_id)

    assert AuditEvent.objects.get(tag=AuditTag.ISSUED_AT_SHELL).subject == api.identifier
