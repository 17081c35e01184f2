"""What a file of declarations is about: kinds of items, and which refer to which."""

from collections.abc import Mapping
from enum import StrEnum

Key = tuple[str, ...]
"""What an item is called: its own name, or the names of what it links."""

Positions = tuple[int, ...]


class Kind(StrEnum):
    """The kinds, in the order in which they can be created."""

    ORGANIZATION = "organization"
    APPLICATION = "application"
    API = "api"
    PERMISSION = "permission"
    ROLE = "role"
    ROLE_PERMISSION = "role_permission"
    ROLE_INCLUSION = "role_inclusion"
    GROUP = "group"
    GROUP_NESTING = "group_nesting"
    GROUP_ROLE = "group_role"
    GROUP_PERMISSION = "group_permission"
    GROUP_MAPPING = "group_mapping"
    ACCESS = "access"
    ACCESS_PERMISSION = "access_permission"
    RULE = "rule"


SECTIONS: Mapping[str, tuple[Kind, ...]] = {
    "apis": (Kind.API, Kind.PERMISSION),
    "applications": (Kind.APPLICATION, Kind.ACCESS, Kind.ACCESS_PERMISSION),
    "roles": (Kind.ROLE, Kind.ROLE_PERMISSION, Kind.ROLE_INCLUSION),
    "groups": (Kind.GROUP, Kind.GROUP_NESTING, Kind.GROUP_ROLE, Kind.GROUP_PERMISSION, Kind.GROUP_MAPPING),
    "organizations": (Kind.ORGANIZATION,),
    "rules": (Kind.RULE,),
}
"""The sections of the file, in their order, and the kinds that each declares."""

REFERENCES: Mapping[Kind, tuple[tuple[Kind, Positions], ...]] = {
    Kind.ORGANIZATION: (),
    Kind.APPLICATION: (),
    Kind.API: (),
    Kind.PERMISSION: ((Kind.API, (0,)),),
    Kind.ROLE: (),
    Kind.ROLE_PERMISSION: ((Kind.ROLE, (0,)), (Kind.API, (1,)), (Kind.PERMISSION, (1, 2))),
    Kind.ROLE_INCLUSION: ((Kind.ROLE, (0,)), (Kind.ROLE, (1,))),
    Kind.GROUP: (),
    Kind.GROUP_NESTING: ((Kind.GROUP, (0,)), (Kind.GROUP, (1,))),
    Kind.GROUP_ROLE: ((Kind.GROUP, (0,)), (Kind.ROLE, (1,)), (Kind.ORGANIZATION, (2,))),
    Kind.GROUP_PERMISSION: (
        (Kind.GROUP, (0,)),
        (Kind.API, (1,)),
        (Kind.PERMISSION, (1, 2)),
        (Kind.ORGANIZATION, (3,)),
    ),
    Kind.GROUP_MAPPING: ((Kind.GROUP, (0,)),),
    Kind.ACCESS: ((Kind.APPLICATION, (0,)), (Kind.API, (1,))),
    Kind.ACCESS_PERMISSION: (
        (Kind.APPLICATION, (0,)),
        (Kind.API, (1,)),
        (Kind.ACCESS, (0, 1, 2)),
        (Kind.PERMISSION, (1, 3)),
    ),
    Kind.RULE: (),
}
"""Which parts of an item's key are the keys of others. An empty organization is none."""

TITLES: Mapping[Kind, str] = {
    Kind.ORGANIZATION: "organization `{0}`",
    Kind.APPLICATION: "application `{0}`",
    Kind.API: "API `{0}`",
    Kind.PERMISSION: "permission `{1}` of the API `{0}`",
    Kind.ROLE: "role `{0}`",
    Kind.ROLE_PERMISSION: "permission `{2}` of the API `{1}` in the role `{0}`",
    Kind.ROLE_INCLUSION: "role `{1}` included in the role `{0}`",
    Kind.GROUP: "group `{0}`",
    Kind.GROUP_NESTING: "group `{1}` nested in the group `{0}`",
    Kind.GROUP_ROLE: "role `{1}` of the group `{0}`",
    Kind.GROUP_PERMISSION: "permission `{2}` of the API `{1}` of the group `{0}`",
    Kind.GROUP_MAPPING: "incoming group `{2}` of the connection `{1}` mapped to the group `{0}`",
    Kind.ACCESS: "access of the application `{0}` to the API `{1}` (for: {2})",
    Kind.ACCESS_PERMISSION: "permission `{3}` in the access of the application `{0}` to the API `{1}` (for: {2})",
    Kind.RULE: "rule `{0}`",
}


def title(kind: Kind, key: Key) -> str:
    """Return what an item is called in a sentence."""
    within = f" in the organization `{key[-1]}`" if (Kind.ORGANIZATION, (len(key) - 1,)) in REFERENCES[kind] else ""
    return TITLES[kind].format(*key) + (within if key[-1] else "")


def references(kind: Kind, key: Key) -> list[tuple[Kind, Key]]:
    """Return the items that an item's key names."""
    found = [(other, tuple(key[position] for position in positions)) for other, positions in REFERENCES[kind]]
    return [(other, parts) for other, parts in found if any(parts)]
