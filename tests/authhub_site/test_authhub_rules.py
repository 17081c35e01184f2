"""The demo's rule (M-18)..."""

import pytest

from authhub.rules.context import RuleClient, RuleContext, RuleResourceServer, RuleUser
from authhub.rules.outcomes import AddClaim
from authhub.rules.registry import post_login
from authhub_site.authhub_rules import EMAIL_CLAIM, add_email_to_access_token

AUDIENCE = "https://api.exampleco.com/timesheets"
ERIN = RuleUser(id="auth0|1", email="employee@exampleco.com")
SPA = RuleClient(id="spa")


def test_tells_the_timesheets_api_whose_token_it_is() -> None:
    context = RuleContext(client=SPA, user=ERIN, resource_server=RuleResourceServer(identifier=AUDIENCE))

    outcome = add_email_to_access_token(context)

    assert outcome == AddClaim("https://api.exampleco.com/email", "employee@exampleco.com", to=("access_token",))


@pytest.mark.parametrize("api", [None, RuleResourceServer(identifier="https://api.exampleco.com/timesheets/v2")])
def test_tells_no_other_api(api: RuleResourceServer | None) -> None:
    assert add_email_to_access_token(RuleContext(client=SPA, user=ERIN, resource_server=api)) is None


def test_has_nothing_to_say_of_a_machine() -> None:
    context = RuleContext(client=SPA, resource_server=RuleResourceServer(identifier=AUDIENCE))

    assert add_email_to_access_token(context) is None


def test_is_found_and_runs_after_the_built_in_rules() -> None:
    places = {rule.name: rule.order for rule in post_login.rules}

    assert places["authhub_site.authhub_rules.add_email_to_access_token"] == 200
    assert EMAIL_CLAIM.startswith("https://")
