"""Random exports of the Authorization Extension, as untidy as it allows them to be."""

from typing import Any

from hypothesis import strategies as st

USERS = [f"auth0|{number}{number}" * 3 for number in range(1, 5)]
APPLICATIONS = ["app-one", "app-two"]


@st.composite
def extension_exports(draw: st.DrawFn, *, tidy: bool = False) -> dict[str, Any]:
    """Return an export; a tidy one has no circles, no ids of nothing, and no name twice."""
    groups, roles, permissions = (draw(st.integers(0, most)) for most in (5, 4, 4))
    rights = [
        {
            "_id": key(f"c{number}"),
            # Some are no scopes.
            "name": draw(st.sampled_from([f"read:thing{number}", f"Approve Thing {number}"])),
            "description": "",
            "applicationType": "client",
            "applicationId": draw(st.sampled_from(APPLICATIONS)),
        }
        for number in range(permissions)
    ]
    made_roles = []
    for number in range(roles):
        application = draw(st.sampled_from(APPLICATIONS))
        own = [each["_id"] for each in rights if not tidy or each["applicationId"] == application]
        made_roles.append(
            {
                "_id": key(f"b{number}"),
                "name": f"Role {number}",
                "description": "",
                "applicationType": "client",
                "applicationId": application,
                "permissions": draw(subsets(own, tidy)),
                "users": draw(subsets(USERS, True)),
            }
        )
    made_groups = []
    for number in range(groups):
        children = [key(f"a{other}") for other in range(number + 1 if tidy else 0, groups)]
        made_groups.append(
            {
                "_id": key(f"a{number}"),
                "name": f"Group {number}",
                "description": "",
                "members": draw(subsets(USERS, True)),
                "nested": draw(subsets(children, tidy)),
                "roles": draw(subsets([each["_id"] for each in made_roles], tidy)),
                "mappings": draw(
                    st.lists(
                        st.fixed_dictionaries(
                            {
                                "_id": st.uuids().map(str),
                                "groupName": st.sampled_from(["Group 1", "Incoming"]),
                                "connectionName": st.sampled_from(["con", "other"]),
                            }
                        ),
                        max_size=2,
                    )
                ),
            }
        )
    return {"groups": made_groups, "roles": made_roles, "permissions": rights, "configuration": [{"_id": "v1"}]}


def key(digits: str) -> str:
    """Return an id that ends in some hexadecimal digits."""
    return f"00000000-0000-4000-8000-{digits:0>12}"


def subsets(values: list[str], tidy: bool) -> st.SearchStrategy[list[str]]:
    """Return lists of some of these, and of ids of nothing unless they are tidy."""
    chosen = [*values] if tidy else [*values, key("dead")]
    return st.lists(st.sampled_from(chosen), unique=True, max_size=3) if chosen else st.just([])
