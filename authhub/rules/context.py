"""What a rule is handed: frozen values, no records, no request object (Auth0's ``event`` and ``context``)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from types import MappingProxyType
from typing import Any

SECRET_PARAMETERS = frozenset(
    {
        "access_token",
        "actor_token",
        "assertion",
        "auth_req_id",
        "binding_message",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "csrfmiddlewaretoken",
        "device_code",
        "id_token",
        "id_token_hint",
        "logout_token",
        "mfa_token",
        "new_password",
        "old_password",
        "otp",
        "password",
        "password1",
        "password2",
        "refresh_token",
        "registration_access_token",
        "request",
        "secret",
        "subject_token",
        "token",
        "user_code",
    }
)
"""Request parameters that no rule sees, whoever builds the context."""


def frozen(value: Any) -> Any:
    """Return `value` with its mappings read-only and its lists as tuples, all the way down."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    if isinstance(value, set | frozenset):
        return frozenset(frozen(item) for item in value)
    return value


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


Names = Iterable[str] | Callable[[], Iterable[str]]


class Authorization:
    """
    The names of the user's groups, roles and permissions (B-26), each loaded when first looked at.

    Give names, or a function that returns them: it is called at most once, and not at all when no rule looks.
    The pipeline calls it in the thread, and so in the transaction, of the request.
    """

    __slots__ = ("_lock", "_sources")

    def __init__(self, *, groups: Names = (), roles: Names = (), permissions: Names = ()) -> None:
        self._lock = RLock()
        self._sources: dict[str, Names] = {"groups": groups, "roles": roles, "permissions": permissions}

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of all groups the user is a member of, directly or through nested ones."""
        return self._names("groups")

    @property
    def roles(self) -> tuple[str, ...]:
        """Names of all roles the user holds, directly, through groups and through other roles."""
        return self._names("roles")

    @property
    def permissions(self) -> tuple[str, ...]:
        """Values of all permissions the user holds at the API, requested or not."""
        return self._names("permissions")

    def __repr__(self) -> str:
        return "<Authorization>"

    def _names(self, what: str) -> tuple[str, ...]:
        with self._lock:
            source = self._sources[what]
            if not isinstance(source, tuple):
                source = tuple(source() if callable(source) else source)
                self._sources[what] = source
            return source

    def through(self, call: Callable[[Callable[[], tuple[str, ...]]], tuple[str, ...]]) -> "Authorization":
        """Return the same names, whose loading is left to `call` (the pipeline's way into the request's thread)."""
        return Authorization(
            groups=lambda: call(lambda: self.groups),
            roles=lambda: call(lambda: self.roles),
            permissions=lambda: call(lambda: self.permissions),
        )


class Secrets(Mapping[str, str]):
    """The secrets of one rule, by name. Shows the names only when printed."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Secrets: {', '.join(sorted(self._values)) or 'none'}>"


@dataclass(frozen=True, kw_only=True)
class Toggles:
    """
    What the built-in Authorization Extension rule does with groups, roles and permissions (B.5).

    "In token" shows them to later rules, "passthrough" together with what the identity provider said; "persist" keeps
    them in the user's metadata.
    """

    groups_in_token: bool = True
    roles_in_token: bool = True
    permissions_in_token: bool = True
    persist_groups: bool = False
    persist_roles: bool = False
    persist_permissions: bool = False
    groups_passthrough: bool = False
    roles_passthrough: bool = False
    permissions_passthrough: bool = False


@dataclass(frozen=True, kw_only=True)
class RuleUser:
    """
    Who signs in. `id` is the ``sub`` of the tokens, `pk` the primary key of the user model.

    `groups`, `roles` and `permissions` are empty until a rule has enriched the user: the built-in Authorization
    Extension rule does, so a rule placed after it sees them and one before it does not (M-15).
    """

    id: str
    pk: Any = None
    username: str = ""
    email: str = ""
    email_verified: bool = False
    name: str = ""
    attributes: Mapping[str, Any] = field(default_factory=_empty)
    enrichment: Authorization | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", frozen(self.attributes))

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the user's groups, once enriched."""
        return self.enrichment.groups if self.enrichment else ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Names of the user's roles, once enriched."""
        return self.enrichment.roles if self.enrichment else ()

    @property
    def permissions(self) -> tuple[str, ...]:
        """Values of the user's permissions at the API, once enriched."""
        return self.enrichment.permissions if self.enrichment else ()


@dataclass(frozen=True, kw_only=True)
class RuleClient:
    """The application. `id` is the ``client_id``."""

    id: str
    pk: Any = None
    name: str = ""
    application_type: str = ""
    metadata: Mapping[str, Any] = field(default_factory=_empty)
    is_first_party: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "metadata", frozen(self.metadata))


@dataclass(frozen=True, kw_only=True)
class RuleResourceServer:
    """The API that the token is for."""

    identifier: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class RuleRequest:
    """What was asked, without the parameters of `SECRET_PARAMETERS`."""

    ip: str = ""
    user_agent: str = ""
    method: str = ""
    query: Mapping[str, Any] = field(default_factory=_empty)
    body: Mapping[str, Any] = field(default_factory=_empty)

    def __post_init__(self) -> None:
        for name in ("query", "body"):
            parameters = getattr(self, name)
            shown = {key: parameters[key] for key in parameters if str(key).lower() not in SECRET_PARAMETERS}
            object.__setattr__(self, name, frozen(shown))


@dataclass(frozen=True, kw_only=True)
class RuleConnection:
    """Where the user's identity comes from."""

    name: str = ""
    strategy: str = ""


@dataclass(frozen=True, kw_only=True)
class RuleOrganization:
    """The organization that the user signs in to. `id` is the ``org_id`` of the tokens."""

    id: str
    name: str = ""
    display_name: str = ""


@dataclass(frozen=True, kw_only=True)
class RuleStats:
    """What is counted of the user."""

    logins_count: int = 0


@dataclass(frozen=True, kw_only=True)
class RuleSession:
    """The login session. `id` is a name for it, not the session key."""

    id: str = ""
    authenticated_at: datetime | None = None
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RuleContext:
    """
    Everything a rule may look at. It cannot change it: what it wants, it returns (`authhub.rules.outcomes`).

    `user` is None for a machine token, `resource_server` for a token without an API. `scopes` is what the token
    would carry now, after the rules before this one; `allowed_scopes` is the most it may ever carry at the API.
    `secrets` are this rule's own. `policy` is what the Extension's policy endpoint says of the user and the
    application, and `toggles` what its rule does with that.
    """

    client: RuleClient
    user: RuleUser | None = None
    resource_server: RuleResourceServer | None = None
    request: RuleRequest = field(default_factory=RuleRequest)
    connection: RuleConnection = field(default_factory=RuleConnection)
    organization: RuleOrganization | None = None
    authorization: Authorization = field(default_factory=Authorization)
    policy: Authorization | None = None
    toggles: Toggles = field(default_factory=Toggles)
    protocol: str = ""
    grant_type: str = ""
    scopes: tuple[str, ...] = ()
    allowed_scopes: frozenset[str] = frozenset()
    stats: RuleStats = field(default_factory=RuleStats)
    session: RuleSession = field(default_factory=RuleSession)
    secrets: Secrets = field(default_factory=Secrets)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scopes", tuple(self.scopes))
        object.__setattr__(self, "allowed_scopes", frozenset(self.allowed_scopes))
