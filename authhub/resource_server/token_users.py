"""The principal of a request that carries an access token."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from authhub.resource_server.tokens import VerifiedToken


@dataclass(frozen=True)
class TokenUser:
    """
    Who a token speaks for: a subject *of an issuer*, since another issuer may use the same subject (UI11).

    Is no row of this project's database and has none of Django's permissions: ask for scopes.
    """

    issuer: str
    subject: str
    token: VerifiedToken = field(repr=False, compare=False)

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    @property
    def sub(self) -> str:
        """The subject, by its name in the token; unique only within `issuer`."""
        return self.subject

    @property
    def pk(self) -> str:
        """One string for issuer and subject, by which REST framework's throttles tell principals apart."""
        return f"{self.issuer}#{self.subject}"

    id = pk

    @property
    def is_machine(self) -> bool:
        """Whether an application acts for itself, without a user."""
        return self.token.is_machine

    def get_username(self) -> str:
        """Return the name for logs: `pk`."""
        return self.pk

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Return False: Django's permissions are not what a token carries."""
        return False

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """Return False: Django's permissions are not what a token carries."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Return False: Django's permissions are not what a token carries."""
        return False

    def __str__(self) -> str:
        return self.pk
