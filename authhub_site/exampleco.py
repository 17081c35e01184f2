"""ExampleCo: who works there, what may be done at its API, and which applications it has (`auth0.md` A.0 to A.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from authhub.models import ApplicationType, GrantType

API_NAME = "Timesheets API"

PERMISSIONS: Mapping[str, str] = {
    "read:timesheets": "See your own timesheets",
    "create:timesheets": "Enter hours for you",
    "delete:timesheets": "Delete your own timesheets",
    "approve:timesheets": "See everybody’s open timesheets and approve them",
    "batch:upload": "Enter hours for any employee",
}

EMPLOYEE = "Employee"
MANAGER = "Manager"
ROLES: Mapping[str, tuple[str, ...]] = {
    EMPLOYEE: ("create:timesheets", "delete:timesheets", "read:timesheets"),
    MANAGER: ("approve:timesheets",),
}
"""A role and what it confers itself; Manager includes Employee."""


@dataclass(frozen=True)
class Person:
    """Somebody who signs in with an e-mail address."""

    first_name: str
    last_name: str
    role: str | None
    story: str
    is_administrator: bool = False


PEOPLE: Mapping[str, Person] = {
    "employee": Person("Erin", "Employee", EMPLOYEE, "Enters hours and sees her own, nobody else’s."),
    "manager": Person("Max", "Manager", MANAGER, "Does what an employee does, and approves everybody’s hours."),
    "nobody": Person("Nora", "Nobody", None, "Signs in, but holds no role: her token carries no permission."),
    "admin": Person("Ada", "Admin", None, "Gives and takes roles in the admin.", is_administrator=True),
}


def email_of(person: str) -> str:
    """Return the e-mail address, which is also the username, of a key of `PEOPLE`."""
    return f"{person}@exampleco.com"


@dataclass(frozen=True)
class DemoApplication:
    """
    An application of the demo; `callback` and `home` are paths on the demo's own host, or whole URIs.

    `audience` is empty for the Timesheets API. `scope` is what its web page asks for, in one of `organizations` if
    there are any; `pitch` is what that page says before anybody has signed in. `grant_types` is empty for those that
    its type starts with. `back_channel` is the path where its server hears that a session has ended. `administers` says
    that it may do everything at the administrative APIs.
    """

    name: str
    application_type: ApplicationType
    callback: str = ""
    home: str = ""
    is_first_party: bool = True
    machine_permissions: tuple[str, ...] = ()
    user_permissions: tuple[str, ...] = ()
    audience: str = ""
    scope: str = "openid profile email read:timesheets create:timesheets"
    organizations: tuple[str, ...] = ()
    grant_types: tuple[GrantType, ...] = ()
    pitch: str = ""
    back_channel: str = ""
    administers: bool = False

    @property
    def signs_people_in(self) -> bool:
        """Whether it asks for tokens on behalf of people."""
        return self.application_type != ApplicationType.MACHINE_TO_MACHINE

    @property
    def is_redirected_to(self) -> bool:
        """Whether the browser brings it an answer."""
        return self.signs_people_in and self.grant_types[:1] != (GrantType.PASSWORD,)


APPLICATIONS: Mapping[str, DemoApplication] = {
    "web": DemoApplication(
        "Timesheets Web",
        ApplicationType.REGULAR_WEB,
        "/web/callback",
        "/web/",
        back_channel="/web/back-channel-logout",
    ),
    "web2": DemoApplication(
        "Expenses Web",
        ApplicationType.REGULAR_WEB,
        "/web2/callback",
        "/web2/",
        back_channel="/web2/back-channel-logout",
    ),
    "spa": DemoApplication("Timesheets SPA", ApplicationType.SPA, "/spa/callback", "/spa/"),
    "mobile": DemoApplication("Timesheets Mobile", ApplicationType.NATIVE, "http://127.0.0.1/callback"),
    "device": DemoApplication("Timesheets Terminal", ApplicationType.NATIVE, "http://127.0.0.1/callback"),
    "cron": DemoApplication(
        "Timesheets Import Job", ApplicationType.MACHINE_TO_MACHINE, machine_permissions=("batch:upload",)
    ),
    "partner": DemoApplication(
        "Hourglass Analytics",
        ApplicationType.REGULAR_WEB,
        "/partner/callback",
        "/partner/",
        is_first_party=False,
        user_permissions=("create:timesheets", "read:timesheets"),
    ),
    "management": DemoApplication("Access Scripts", ApplicationType.MACHINE_TO_MACHINE, administers=True),
}

LEGACY_APPLICATIONS: Mapping[str, DemoApplication] = {
    "implicit": DemoApplication(
        "Timesheets Implicit",
        ApplicationType.REGULAR_WEB,
        "/implicit/callback",
        "/implicit/",
        scope="openid profile email",
        grant_types=(GrantType.IMPLICIT,),
    ),
    "hybrid": DemoApplication(
        "Timesheets Hybrid",
        ApplicationType.REGULAR_WEB,
        "/hybrid/callback",
        "/hybrid/",
        grant_types=(GrantType.AUTHORIZATION_CODE, GrantType.IMPLICIT, GrantType.REFRESH_TOKEN),
    ),
    "ropg": DemoApplication(
        "Timesheets Password",
        ApplicationType.REGULAR_WEB,
        grant_types=(GrantType.PASSWORD, GrantType.REFRESH_TOKEN),
    ),
}
"""For the flows that are off, unless the demo is started with ``--legacy-flows``."""


def demo_applications() -> Mapping[str, DemoApplication]:
    """Return the demo's applications, with those of the legacy flows where these are on."""
    return {**APPLICATIONS, **LEGACY_APPLICATIONS} if settings.LEGACY_FLOWS else APPLICATIONS
