"""A person connects a device (RFC 8628 §3.3): enters the code, signs in, sees who asks for what, decides, once."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from authhub.models import (
    AuditEvent,
    AuditTag,
    Consent,
    DeviceAuthorization,
    DeviceState,
    OrganizationMembership,
    TokenFamily,
)
from authhub.rules.outcomes import Deny
from authhub.rules.registry import registered
from tests.factories import PASSWORD, OrganizationFactory
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import error_of, transaction_in
from tests.protocol.rfc8628_device.conftest import Device

HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def text_of(page: Any) -> str:
    return " ".join(page.content.decode().split())


@pytest.mark.parametrize(
    "typed", ["{0}", "{1}", "{2}", " {1} ", "{3}"], ids=["as shown", "lower case", "no dash", "blanks", "dots"]
)
@pytest.mark.spec("RFC 8628", "6.1", "the user code is compared without case and punctuation")
def test_reads_the_code_however_it_is_typed(device: Device, browser: Client, typed: str) -> None:
    shown = device.begin().json()["user_code"]
    code = typed.format(shown, shown.lower(), shown.replace("-", ""), ".".join(shown.replace("-", "")))

    page = device.enter(browser, code)

    assert page.redirect_chain == [("/activate/confirm", 302)]
    assert page.status_code == 200


@pytest.mark.spec("RFC 8628", "5.4", "the person sees which device asks, and for what")
@pytest.mark.spec("security", "DV10")
def test_shows_who_asks_for_what_from_where_and_for_whom(device: Device, browser: Client, world: World) -> None:
    device.begin()

    page = text_of(device.enter(browser))

    assert f"<em>{world.applications['native'].name}</em>" in page
    assert device.told["user_code"] in page
    assert "Timesheets API" in page
    assert world.users["employee"].username in page
    assert "127.0.0.1" in page
    for words in ("read:timesheets", "create:timesheets", "offline_access"):
        assert words in page


@pytest.mark.spec("security", "LG07")
def test_answers_with_the_headers_of_every_page(device: Device, browser: Client) -> None:
    device.begin()
    for page in (browser.get("/activate"), device.enter(browser), device.decide(browser)):
        assert {name: page[name] for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@pytest.mark.spec("security", "LG07")
@pytest.mark.parametrize("path", ["/activate", "/activate/confirm"])
def test_takes_no_form_from_another_site(db: None, path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path, {"user_code": "BCDF-GHJK"}).status_code == 403


@pytest.mark.parametrize("path", ["/activate", "/activate/confirm"])
def test_answers_only_get_and_post(db: None, path: str) -> None:
    assert Client().put(path).status_code == 405


@pytest.mark.spec("RFC 8628", "3.3.1", "the complete address shows the code and decides nothing")
@pytest.mark.spec("security", "DV10")
def test_asks_whether_the_code_of_the_address_is_the_one_on_the_device(device: Device, browser: Client) -> None:
    device.begin()
    address = urlsplit(device.told["verification_uri_complete"])

    page = browser.get(f"{address.path}?{address.query}")

    assert "Does your device show exactly this code?" in text_of(page)
    assert device.told["user_code"] in text_of(page)
    assert DeviceAuthorization.objects.get().user is None
    assert error_of(device.poll()) == "authorization_pending"


@pytest.mark.parametrize("code", ["<script>", "BCDF", "%00", "B" * 5000, "1234-5678", "ÄÖÜß"])
def test_shows_nothing_of_what_is_no_code(db: None, code: str) -> None:
    page = Client().get("/activate", {"user_code": code})

    assert page.status_code == 200
    assert "Enter the code that your device shows" in text_of(page)
    assert code not in page.content.decode()


def test_signs_the_person_in_on_the_way(device: Device, world: World) -> None:
    device.begin()
    browser = Client()

    page = browser.post("/activate", {"user_code": device.told["user_code"]}, follow=True)

    path, _status = page.redirect_chain[-1]
    assert urlsplit(path).path == "/login"
    assert parse_qs(urlsplit(path).query)["next"] == ["/activate/confirm"]
    signed_in = browser.post(path, {"username": world.users["employee"].username, "password": PASSWORD}, follow=True)
    assert device.told["user_code"] in text_of(signed_in)
    assert DeviceAuthorization.objects.get().user == world.users["employee"]


def test_asks_for_the_code_where_none_was_entered(browser: Client) -> None:
    assert browser.get("/activate/confirm")["Location"] == "/activate"


@pytest.mark.parametrize("code", ["BCDF-GHJK", "", "nonsense", "\0"])
def test_says_that_a_code_is_wrong(device: Device, browser: Client, code: str) -> None:
    page = browser.post("/activate", {"user_code": code})

    assert page.status_code == 400
    assert "No device waits for this code" in text_of(page)


def test_keeps_a_wrong_code_to_mend_it(device: Device, browser: Client) -> None:
    assert 'value="BCDF-GH&quot;"' in browser.post("/activate", {"user_code": 'BCDF-GH"'}).content.decode()


@pytest.mark.spec("security", "DV09")
def test_pauses_after_ten_wrong_codes_whoever_is_signed_in(device: Device, browser: Client, world: World) -> None:
    device.begin()
    tries = [browser.post("/activate", {"user_code": "BCDF-GHJK"}).status_code for _ in range(25)]

    assert tries == [400] * 10 + [429] * 15
    paused = browser.post("/activate", {"user_code": device.told["user_code"]})
    assert paused.status_code == 429
    assert paused["Retry-After"] == "900"
    # Another browser at the same address, and the same person at another address.
    assert Client().post("/activate", {"user_code": "BCDF-GHJK"}).status_code == 429
    elsewhere = browser.post("/activate", {"user_code": "BCDF-GHJK"}, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 429
    stranger = world.party("native", "manager").browser
    assert stranger.post("/activate", {"user_code": "BCDF-GHJK"}, REMOTE_ADDR="203.0.113.10").status_code == 400


@pytest.mark.spec("security", "LG15")
def test_counts_no_matter_what_a_header_says(device: Device) -> None:
    tries = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{i}"}).post("/activate", {"user_code": "BCDF-GHJK"})
        for i in range(11)
    ]

    assert [page.status_code for page in tries] == [400] * 10 + [429]


def test_does_not_count_right_codes(device: Device, browser: Client) -> None:
    device.begin()
    for _ in range(12):
        assert device.enter(browser).status_code == 200


def test_works_when_the_cache_does_not(device: Device, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    for name in ("add", "incr", "decr"):
        monkeypatch.setattr(cache, name, fail)

    assert device.begin().status_code == 200
    assert device.enter(browser).status_code == 200


@pytest.mark.spec("security", "RC10")
@pytest.mark.spec("authhub", "M-09", "only the user who claimed the code decides")
def test_lets_only_the_first_claimer_decide(device: Device, browser: Client, world: World) -> None:
    device.begin()
    transaction = transaction_in(device.enter(browser).content.decode())
    second = world.party("native", "manager").browser

    late = device.enter(second)

    assert late.status_code == 400
    assert "another person is deciding it" in text_of(late)
    session = second.session
    session["authhub_user_code"] = device.told["user_code"].replace("-", "")
    session.save()
    forged = second.post("/activate/confirm", {"transaction": transaction, "decision": "allow"})
    assert forged.status_code == 400
    assert error_of(device.poll()) == "authorization_pending"
    assert device.decide(browser).status_code == 200


@pytest.mark.spec("security", "RC10")
def test_takes_no_decision_from_another_browser_of_the_same_person(
    device: Device, browser: Client, world: World
) -> None:
    device.begin()
    transaction = transaction_in(device.enter(browser).content.decode())
    phone = world.party("native", "employee").browser
    device.enter(phone)

    stale = browser.post("/activate/confirm", {"transaction": transaction, "decision": "allow"})

    assert stale.status_code == 400
    assert device.decide(phone).status_code == 200


def test_lets_the_person_take_another_account(device: Device, browser: Client, world: World) -> None:
    device.begin()

    page = device.decide(browser, "switch")

    assert urlsplit(page["Location"]).path == "/login"
    assert DeviceAuthorization.objects.get().user is None
    other = {"username": world.users["manager"].username, "password": PASSWORD}
    asked = browser.post(page["Location"], other, follow=True)
    assert device.told["user_code"] in text_of(asked)
    assert device.decide(browser).status_code == 200
    assert TokenFamily.objects.get().user == world.users["manager"]


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_decides_once(device: Device, browser: Client, decision: str) -> None:
    device.begin()
    transaction = transaction_in(device.enter(browser).content.decode())
    browser.post("/activate/confirm", {"transaction": transaction, "decision": decision})
    session = browser.session
    session["authhub_user_code"] = device.told["user_code"].replace("-", "")
    session.save()

    again = browser.post("/activate/confirm", {"transaction": transaction, "decision": "allow"})

    assert again.status_code == 400
    assert TokenFamily.objects.count() == (1 if decision == "allow" else 0)


@pytest.mark.parametrize("decision", ["", "ALLOW", "maybe"])
def test_takes_everything_but_allow_for_a_refusal(device: Device, browser: Client, decision: str) -> None:
    device.begin()
    device.decide(browser, decision)

    assert error_of(device.poll()) == "access_denied"


@pytest.mark.parametrize("transaction", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_decides_nothing_for_an_unknown_page(device: Device, browser: Client, transaction: str) -> None:
    device.begin()
    device.enter(browser)

    page = browser.post("/activate/confirm", {"transaction": transaction, "decision": "allow"})

    assert page.status_code == 400
    assert error_of(device.poll()) == "authorization_pending"


def test_says_what_became_of_a_code(device: Device, browser: Client, clock: Clock) -> None:
    device.begin()
    device.decide(browser)
    assert "It was used already" in text_of(device.enter(browser))
    device.poll()
    assert "It was used already" in text_of(device.enter(browser))

    device.begin()
    device.decide(browser, "deny")
    assert "denied with it" in text_of(device.enter(browser))

    device.begin()
    device.enter(browser)
    clock.advance(901)
    assert "It has expired" in text_of(browser.get("/activate/confirm"))
    assert "It has expired" in text_of(device.enter(browser))


def test_takes_no_decision_too_late(device: Device, browser: Client, clock: Clock) -> None:
    device.begin()
    transaction = transaction_in(device.enter(browser).content.decode())
    clock.advance(901)

    page = browser.post("/activate/confirm", {"transaction": transaction, "decision": "allow"})

    assert page.status_code == 400
    assert not TokenFamily.objects.exists()


def test_tells_the_person_what_a_rule_says(device: Device, browser: Client) -> None:
    device.begin()

    with registered(lambda _: Deny("Not on televisions."), order=200, name="no televisions"):
        page = device.decide(browser)

    assert page.status_code == 403
    assert "Not on televisions." in text_of(page)
    assert error_of(device.poll()) == "access_denied"
    assert AuditEvent.objects.filter(tag=AuditTag.DEVICE_ACTIVATION_FAILED).count() == 1
    assert not TokenFamily.objects.exists()


def test_refuses_an_api_that_was_switched_off_meanwhile(device: Device, browser: Client, world: World) -> None:
    device.begin()
    world.api.is_active = False
    world.api.save()

    page = device.enter(browser)

    assert page.status_code == 403
    assert "Service not found" in text_of(page)
    assert DeviceAuthorization.objects.get().state == DeviceState.DENIED


def test_has_nothing_to_decide_for_a_disabled_application(device: Device, browser: Client, world: World) -> None:
    device.begin()
    profile = world.applications["native"].authhub_profile
    profile.is_active = False
    profile.save()

    assert device.enter(browser).status_code == 400
    assert not TokenFamily.objects.exists()


def test_binds_the_device_to_an_organization(device: Device, browser: Client, world: World) -> None:
    organization = OrganizationFactory(display_name="Customer One")
    device.begin(organization=organization.name)
    assert "not a member" in text_of(device.enter(browser))

    OrganizationMembership.objects.create(organization=organization, user=world.users["employee"])
    device.begin(organization=organization.name)
    assert "in <strong>Customer One</strong>" in text_of(device.enter(browser))
    device.decide(browser)
    assert device.poll().status_code == 200
    assert TokenFamily.objects.get().organization == organization


@pytest.mark.parametrize(("skips", "remembered"), [(True, False), (False, True)])
def test_confirms_the_device_even_where_consent_is_skipped(
    device: Device, browser: Client, world: World, skips: bool, remembered: bool
) -> None:
    world.api.skip_consent_for_first_party = skips
    world.api.save()
    device.begin()

    assert "Allow only if the device" in text_of(device.enter(browser))
    device.decide(browser)

    assert Consent.objects.exists() is remembered


def test_brings_a_scope_back_with_its_role_where_consent_is_skipped(device: Device, world: World) -> None:
    world.api.skip_consent_for_first_party = True
    world.api.save()
    device.begin()
    device.decide(world.party("native", "nobody").browser)
    tokens = device.poll().json()
    assert tokens["scope"] == "openid profile offline_access"

    world.assign("employee", "nobody")

    refreshed = device.party.refresh(tokens["refresh_token"]).json()
    assert refreshed["scope"] == "openid profile read:timesheets create:timesheets offline_access"


def test_treats_a_session_that_began_without_us_as_not_signed_in(device: Device, browser: Client) -> None:
    device.begin()
    session = browser.session
    del session["authhub_session_id"]
    session.save()

    page = device.enter(browser)

    assert urlsplit(page.redirect_chain[-1][0]).path == "/login"
