"""Random files of declarations, and worlds to apply them to."""

from typing import Any

from hypothesis import strategies as st

from authhub.models import DEFAULT_GRANT_TYPES, ApplicationType

APIS = ["https://api.example.com/a", "urn:b", "c:api"]
VALUES = ["read:x", "write:x", "no", "1"]
NASTY = ["no", "1", "~", "null", "<<", "=", "a: b", "#x", "'", '"', "- x", "2026-12-24", " x", "x ", "é\u2028", "\ttab"]

words = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
)
names = words.filter(lambda word: 0 < len(word) <= 60)
# Some that two files have in common, so that things change and go, and are not only new.
some_names = st.lists(st.one_of(st.sampled_from(["A", "B"]), names), unique=True, max_size=3)
moments = st.sampled_from([None, "2026-01-01T00:00:00+00:00", "2026-06-01T12:30:00.250000+00:00"])


def subsets(of: Any) -> Any:
    return st.lists(st.sampled_from(of), unique=True, max_size=3) if of else st.just([])


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    """A file that can be applied: every reference resolves, and nothing is in a cycle."""
    apis = {
        identifier: {
            "name": draw(names),
            "permissions": {value: draw(words) for value in draw(subsets(VALUES))},
            **draw(
                st.fixed_dictionaries(
                    {}, optional={"is_active": st.booleans(), "token_lifetime_seconds": st.just(7200)}
                )
            ),
        }
        for identifier in draw(subsets(APIS))
    }
    rights = [(identifier, value) for identifier, api in apis.items() for value in api["permissions"]]
    organizations = {name: {"is_active": draw(st.booleans())} for name in draw(subsets(["acme", "globex"]))}
    roles = {name: {"description": draw(words)} for name in draw(some_names)}
    groups = {name: {"is_active": draw(st.booleans())} for name in draw(some_names)}
    for index, role in enumerate(roles.values()):
        role["permissions"] = by_api(draw(subsets(rights)))
        role["includes"] = draw(subsets(list(roles)[:index]))
    for index, group in enumerate(groups.values()):
        group["children"] = draw(subsets(list(groups)[:index]))
        group["roles"] = [within(draw, "role", role, organizations) for role in draw(subsets(list(roles)))]
        group["mappings"] = {"google": draw(subsets(["staff", "no"]))}
        group["permissions"] = {
            identifier: [within(draw, "permission", value, organizations) for value in values]
            for identifier, values in by_api(draw(subsets(rights))).items()
        }
    applications = {name: application(draw, index, apis) for index, name in enumerate(draw(some_names))}
    for api in apis.values():
        api["introspection_client"] = draw(st.sampled_from([None, *applications]))
    rules = {"auth0-authorization-extension": {"order": draw(st.sampled_from([None, 5]))}}
    return {
        "version": 1,
        "apis": apis,
        "applications": applications,
        "roles": roles,
        "groups": groups,
        "organizations": organizations,
        "rules": rules if draw(st.booleans()) else {},
    }


def by_api(rights: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for identifier, value in rights:
        found.setdefault(identifier, []).append(value)
    return found


def within(draw: Any, noun: str, name: str, organizations: Any) -> Any:
    place, start = draw(st.sampled_from([None, *organizations])), draw(moments)
    if place is None and start is None:
        return name
    return {noun: name, "starts_at": start, **({} if place is None else {"organization": place})}


def application(draw: Any, index: int, apis: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(ApplicationType.values))
    redirects = kind != ApplicationType.MACHINE_TO_MACHINE
    return {
        "client_id": f"client-{index}",
        "application_type": kind,
        "redirect_uris": ["https://app.example.com/callback"] if redirects else [],
        "grant_types": draw(st.permutations(DEFAULT_GRANT_TYPES[kind])),
        "metadata": draw(st.dictionaries(words, st.one_of(words, st.integers(), st.booleans()), max_size=2)),
        "access": {
            identifier: {
                draw(st.sampled_from(["client", "user"])): sorted(api["permissions"])[: draw(st.integers(0, 2))]
            }
            for identifier, api in apis.items()
            if draw(st.booleans())
        },
    }
