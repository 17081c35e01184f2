"""The rows of the matrix: what a test claims to prove, and how it ended; and the page that they make."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.conformance.plans import MODULES, PLANS, REFUSED, plans_of

DOCUMENTS: Mapping[str, str] = {
    "OIDC Core": "OpenID Connect Core 1.0",
    "OIDC Discovery": "OpenID Connect Discovery 1.0",
    "OIDC Registration": "OpenID Connect Dynamic Client Registration 1.0",
    "OIDC RP-Initiated Logout": "OpenID Connect RP-Initiated Logout 1.0",
    "OIDC Session Management": "OpenID Connect Session Management 1.0",
    "OIDC Front-Channel Logout": "OpenID Connect Front-Channel Logout 1.0",
    "OIDC Back-Channel Logout": "OpenID Connect Back-Channel Logout 1.0",
    "OAuth 2.0 Multiple Response Types": "OAuth 2.0 Multiple Response Type Encoding Practices",
    "OAuth 2.0 Form Post": "OAuth 2.0 Form Post Response Mode",
    "RFC 6749": "The OAuth 2.0 Authorization Framework",
    "RFC 6750": "Bearer Token Usage",
    "RFC 6819": "OAuth 2.0 Threat Model and Security Considerations",
    "RFC 7009": "OAuth 2.0 Token Revocation",
    "RFC 7517": "JSON Web Key",
    "RFC 7591": "OAuth 2.0 Dynamic Client Registration",
    "RFC 7592": "OAuth 2.0 Dynamic Client Registration Management",
    "RFC 7636": "Proof Key for Code Exchange",
    "RFC 7638": "JSON Web Key Thumbprint",
    "RFC 7662": "OAuth 2.0 Token Introspection",
    "RFC 8252": "OAuth 2.0 for Native Apps",
    "RFC 8414": "OAuth 2.0 Authorization Server Metadata",
    "RFC 8628": "OAuth 2.0 Device Authorization Grant",
    "RFC 8707": "Resource Indicators for OAuth 2.0",
    "RFC 8725": "JSON Web Token Best Current Practices",
    "RFC 9068": "JWT Profile for OAuth 2.0 Access Tokens",
    "RFC 9110": "HTTP Semantics",
    "RFC 9207": "Authorization Server Issuer Identification",
    "RFC 9700": "Best Current Practice for OAuth 2.0 Security",
}
"""The specifications of the page, in its order. Marks of our own catalogues (features, attacks) are not on it."""

BADNESS = ("failed", "passed", "skipped", "not run")
"""How tests end; of the ends of one test's parameters the first here counts."""

ROW = re.compile(r"\| (?P<what>.*) \| \[`(?P<name>\w+)`\]\(\.\./(?P<path>[\w./-]+)\) \| (?P<result>[^|]*) \|")


@dataclass(frozen=True, order=True)
class Row:
    """One claim of one test: the specification, the section (for ``OIDF``: the plan and the module), the test."""

    document: str
    section: str
    requirement: str
    test: str


def rows_of(test: str, marks: Iterable[tuple[str, str, str]], plan: str) -> list[Row]:
    """Return the rows of a test from its marks; `plan` is the OpenID plan that it ran for, if its parameters say."""
    rows = []
    for document, section, requirement in marks:
        if document == "OIDF":
            rows += [Row("OIDF", name, section, test) for name in plans_of(section, requirement or plan)]
        elif document in DOCUMENTS:
            rows.append(Row(document, section, requirement or _sentence(test), test))
    return rows


def worst(results: Iterable[str]) -> str:
    """Return the end that counts of several."""
    return min(results, key=BADNESS.index)


def render(results: Mapping[Row, str]) -> str:
    """Return the page."""
    by_part: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(results, key=_order):
        by_part[row.document, row.section if row.document == "OIDF" else ""].append(row)
    parts = [
        "# Conformance",
        "Which test of ours proves which paragraph of which specification, and how it ended when it was last run. "
        "Written by `python -m pytest --conformance=docs/conformance.md`; do not edit.",
        "## OpenID Foundation",
        "What each module of the certification plans looks at (conformance suite 5.2.4), and the test of ours that "
        "looks at the same. The tests are our own: the suite itself was not run, and nothing here is a certification. "
        "Where we refuse what a module tries, that is said, and the test proves the refusal.",
    ]
    for plan in PLANS:
        parts += [f"### {plan.title}", _plan_table(plan.modules, by_part["OIDF", plan.name], results)]
    parts.append("## Specifications")
    for document, title in DOCUMENTS.items():
        if rows := by_part[document, ""]:
            parts += [f"### {document}: {title}" if document != title else f"### {title}", _table(rows, results)]
    return "\n\n".join(parts) + "\n"


def parse(page: str) -> dict[Row, str]:
    """Return the rows that `render` wrote."""
    found: dict[Row, str] = {}
    titles = {plan.title: plan.name for plan in PLANS}
    document = plan = section = ""
    for line in page.splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
            plan = titles.get(heading, "")
            document = "OIDF" if plan else heading.partition(":")[0]
        elif (cells := ROW.fullmatch(line)) is not None:
            first, second = _cells(cells["what"])
            section = first.strip("`") or section
            test = f"{cells['path']}::{cells['name']}"
            row = Row("OIDF", plan, section, test) if plan else Row(document, section, second, test)
            found[row] = cells["result"]
    return found


def gaps(results: Mapping[Row, str], plan_name: str) -> list[str]:
    """Return the modules of a plan that no passing test looks at."""
    proved = {row.requirement for row, result in results.items() if row.section == plan_name and result == "passed"}
    return [module for plan in PLANS if plan.name == plan_name for module in plan.modules if module not in proved]


def _plan_table(modules: Iterable[str], rows: list[Row], results: Mapping[Row, str]) -> str:
    lines = ["| Module | What it looks at | Test | Result |", "|---|---|---|---|"]
    for module in modules:
        looks_at = MODULES[module] + (f" — {REFUSED[module]}" if module in REFUSED else "")
        tests = [row for row in rows if row.requirement == module]
        if not tests:
            lines.append(f"| `{module}` | {looks_at} | none | **no test** |")
        for number, row in enumerate(tests):
            what = f"`{module}` | {looks_at}" if number == 0 else " | "
            lines.append(f"| {what} | {_link(row.test)} | {results[row]} |")
    return "\n".join(lines)


def _table(rows: list[Row], results: Mapping[Row, str]) -> str:
    lines = ["| Section | Requirement | Test | Result |", "|---|---|---|---|"]
    for row in rows:
        requirement = row.requirement.replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| {row.section} | {requirement} | {_link(row.test)} | {results[row]} |")
    return "\n".join(lines)


def _cells(what: str) -> tuple[str, str]:
    first, _, second = what.partition(" | ")
    return first.strip(), second.strip().replace("\\|", "|").replace("&lt;", "<")


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[`{name}`](../{path})"


def _sentence(test: str) -> str:
    """Return what a test's name says: it is the end of a sentence about its file's subject."""
    return test.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def _order(row: Row) -> tuple[object, ...]:
    numbers = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in row.section.split("."))
    return (row.document, numbers, row.requirement, row.test)
