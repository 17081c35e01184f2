"""
Three businesses (`auth0.md` A.6): a shop for consumers, a product for other companies, a company for its employees.

Data only; `loading` brings one into the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authhub.models import ApplicationType
from authhub_site.exampleco import DemoApplication


@dataclass(frozen=True)
class Member:
    """
    Somebody of a business, by e-mail address.

    `groups` are direct memberships. `organizations` says of each organization which roles the person holds in it.
    """

    email: str
    first_name: str
    last_name: str
    story: str
    groups: tuple[str, ...] = ()
    organizations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class NestedGroup:
    """A group, the group that it is nested in, and the roles that its members hold."""

    name: str
    parent: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Business:
    """
    What a business consists of.

    `roles` says what each confers. `organizations` maps names to names on screen. `key` is also the path of its page.
    `signs_up_into` is the group of whoever signs up.
    """

    key: str
    api_name: str
    audience: str
    permissions: Mapping[str, str]
    roles: Mapping[str, tuple[str, ...]]
    people: Mapping[str, Member]
    application: DemoApplication
    groups: tuple[NestedGroup, ...] = ()
    organizations: Mapping[str, str] = field(default_factory=dict)
    signs_up_into: str = ""


SHOP = Business(
    key="b2c",
    api_name="Shop API",
    audience="https://api.exampleshop.com/",
    permissions={
        "read:orders": "See your orders",
        "create:orders": "Order for you",
        "refund:orders": "Give money back to customers",
    },
    roles={"Customer": ("read:orders", "create:orders"), "Shop clerk": ("refund:orders",)},
    groups=(NestedGroup("Customers", roles=("Customer",)), NestedGroup("Shop clerks", roles=("Shop clerk",))),
    people={
        "carla": Member("carla@example.com", "Carla", "Customer", "Signed up by herself, and orders.", ("Customers",)),
        "sid": Member("sid@exampleshop.com", "Sid", "Clerk", "Gives money back.", ("Shop clerks",)),
    },
    application=DemoApplication(
        "Penny Points",
        ApplicationType.REGULAR_WEB,
        "/b2c/callback",
        "/b2c/",
        is_first_party=False,
        user_permissions=("read:orders",),
        audience="https://api.exampleshop.com/",
        scope="openid profile email read:orders create:orders",
        pitch="Penny Points is not the shop’s. It counts what you spend, so it would like to see your orders: the shop "
        "asks you first, and lets it see, never order.",
    ),
    signs_up_into="Customers",
)

TRAVEL = Business(
    key="b2b",
    api_name="Travel0 API",
    audience="https://api.travel0.example/",
    permissions={
        "read:trips": "See trips",
        "book:trips": "Book trips",
        "approve:trips": "Approve trips",
        "read:invoices": "See invoices",
    },
    roles={"Traveller": ("read:trips", "book:trips"), "Approver": ("approve:trips",), "Accountant": ("read:invoices",)},
    organizations={"hoekstra": "Hoekstra & Partners", "metahexa": "MetaHexa"},
    people={
        "sally": Member(
            "sally@hoekstra.example",
            "Sally",
            "Hoekstra",
            "Travels for Hoekstra, and approves there.",
            organizations={"hoekstra": ("Traveller", "Approver")},
        ),
        "pat": Member(
            "pat@hoekstra.example",
            "Pat",
            "Hoekstra",
            "Travels for Hoekstra.",
            organizations={"hoekstra": ("Traveller",)},
        ),
        "jonno": Member(
            "jonno@metahexa.example",
            "Jonno",
            "MetaHexa",
            "Travels for MetaHexa.",
            organizations={"metahexa": ("Traveller",)},
        ),
        "sumana": Member(
            "sumana@metahexa.example",
            "Sumana",
            "MetaHexa",
            "Works for both: keeps Hoekstra’s books, travels for MetaHexa.",
            organizations={"hoekstra": ("Accountant",), "metahexa": ("Traveller",)},
        ),
    },
    application=DemoApplication(
        "Travel0",
        ApplicationType.REGULAR_WEB,
        "/b2b/callback",
        "/b2b/",
        audience="https://api.travel0.example/",
        scope="openid profile email read:trips book:trips approve:trips read:invoices",
        organizations=("hoekstra", "metahexa"),
        pitch="Other companies book their trips here. Each is an organization: what somebody may do in one says "
        "nothing about another.",
    ),
)

INTRANET = Business(
    key="b2e",
    api_name="Intranet API",
    audience="https://intranet.exampleco.com/api/",
    permissions={
        "read:directory": "See who works here",
        "deploy:services": "Bring new versions into production",
        "manage:employees": "Hire and dismiss",
    },
    roles={"Colleague": ("read:directory",), "Engineer": ("deploy:services",), "Personnel": ("manage:employees",)},
    groups=(
        NestedGroup("Employees", roles=("Colleague",)),
        NestedGroup("Engineering", parent="Employees", roles=("Engineer",)),
        NestedGroup("Platform team", parent="Engineering"),
        NestedGroup("Human resources", parent="Employees", roles=("Personnel",)),
    ),
    people={
        "nia": Member(
            "nia@exampleco.com",
            "Nia",
            "Engineer",
            "In the platform team, two groups below Employees.",
            ("Platform team",),
        ),
        "omar": Member("omar@exampleco.com", "Omar", "Colleague", "An employee like any other.", ("Employees",)),
        "petra": Member("petra@exampleco.com", "Petra", "Personnel", "Hires and dismisses.", ("Human resources",)),
    },
    application=DemoApplication(
        "Intranet",
        ApplicationType.REGULAR_WEB,
        "/b2e/callback",
        "/b2e/",
        audience="https://intranet.exampleco.com/api/",
        scope="openid profile email read:directory deploy:services manage:employees",
        pitch="What an employee may do follows from the groups of the company, nested as its departments are.",
    ),
)

BUSINESSES: Mapping[str, Business] = {business.key: business for business in (SHOP, TRAVEL, INTRANET)}
