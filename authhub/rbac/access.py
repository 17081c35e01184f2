"""Decide whether a user may, with the reasons (NIST RBAC: CheckAccess)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authhub.models import Organization, Permission
from authhub.rbac.chains import Obstacle, Path
from authhub.rbac.paths import counting_paths
from authhub.rbac.webs import Web, load_web


@dataclass(frozen=True)
class Decision:
    """
    Yes or no, and why; true in a condition when it is yes.

    `paths` are the ways in which the user holds the permission, shortest first; not all if `is_complete` is false.
    `obstacles` are what no path gets around: a disabled account, an inactive API, a foreign organization.
    """

    allowed: bool
    paths: tuple[Path, ...]
    obstacles: tuple[Obstacle, ...]
    is_complete: bool = True

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def reasons(self) -> tuple[str, ...]:
        """The paths of a yes; the obstacles of a no, or that nothing leads there."""
        if self.allowed:
            return tuple(str(path) for path in self.paths)
        return tuple(obstacle.sentence for obstacle in self.obstacles) or ("nothing confers the permission",)


def check_access(
    user: Any,
    permission: Permission | int,
    organization: Organization | int | None = None,
    at: datetime | None = None,
) -> Decision:
    """
    Decide whether a user holds a permission, at a moment and for tokens of an organization.

    Four queries whatever the depth. User, permission and organization may be primary keys; `at` defaults to now.

    Raises:
        Permission.DoesNotExist, Organization.DoesNotExist: there is none with this key.
    """
    return decide(load_web(user, permission, organization, at))


def decide(web: Web) -> Decision:
    """Decide from a loaded web; the explanation decides by this too."""
    paths, is_complete = ((), True) if web.obstacles else counting_paths(web)
    return Decision(bool(paths), paths, web.obstacles, is_complete)
