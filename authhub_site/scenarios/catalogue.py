"""All scenarios: what each is, where its page is, and what to try."""

from collections.abc import Mapping
from dataclasses import dataclass

from authhub_site.scenarios.businesses import BUSINESSES, Business


@dataclass(frozen=True)
class Scenario:
    """
    One scenario of the guides.

    `path` is where to begin in the demo, `command` what to type instead or besides, below ``python3 -m authhub_site``;
    `business` is what must be loaded besides ExampleCo. A scenario that is not supported says in `missing` why.
    """

    title: str
    summary: str
    path: str = ""
    command: str = ""
    business: Business | None = None
    missing: str = ""


SCENARIOS: Mapping[str, Scenario] = {
    "regular-web-sso": Scenario(
        "Regular web applications with single sign-on",
        "Two web applications that keep a secret; whoever signed in to one is signed in to the other.",
        path="/web/",
    ),
    "server-api": Scenario(
        "Server and API",
        "A nightly job without a user uploads to an API.",
        command="import_timesheets static/exampleco/import.json",
    ),
    "spa-api": Scenario(
        "Single-page application and API",
        "JavaScript in the browser enters hours; what it shows follows from the token.",
        path="/spa/",
    ),
    "mobile-api": Scenario(
        "Mobile application and API",
        "A native application without a secret, here at the command line.",
        command="timesheets login",
    ),
    "device": Scenario(
        "Device without a browser",
        "A screen on the wall shows a code; the person enters it on a phone.",
        path="/tv/",
        command="timesheets login --device",
    ),
    "b2c": Scenario(
        "Business to consumer",
        "People sign up by themselves and get a default role; somebody else’s application asks for consent.",
        path="/b2c/",
        business=BUSINESSES["b2c"],
    ),
    "b2b": Scenario(
        "Business to business",
        "Two customers as organizations: roles in one say nothing about the other.",
        path="/b2b/",
        business=BUSINESSES["b2b"],
    ),
    "b2e": Scenario(
        "Business to employees",
        "Permissions through nested groups.",
        path="/b2e/",
        business=BUSINESSES["b2e"],
    ),
    "web-saml": Scenario(
        "Web application with SAML",
        "A web application that speaks SAML 2.0 instead of OpenID Connect.",
        missing="authhub does not speak SAML yet; applications sign people in with OpenID Connect",
    ),
}
