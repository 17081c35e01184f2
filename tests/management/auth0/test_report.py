"""The report of an import from Auth0…"""

from authhub.management.auth0 import comparison
from authhub.management.auth0.comparison import Equivalence
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.report import Report

ANN = "user `ann`"


def a_report(**further: object) -> Report:
    findings = Findings()
    for number in range(12):
        findings.not_carried("dangling", f"group `{number}`", "names nobody")
    findings.to_do("client_secret", "application `job`", "needs a secret")
    equivalence = Equivalence()
    equivalence.compare(ANN, "application `app`", "roles", frozenset({"a", "b"}), frozenset({"b", "c"}))
    equivalence.compare(ANN, "", "groups", frozenset("a"), frozenset(), lambda: "the account is disabled here")
    equivalence.compare(ANN, "", "permissions", frozenset("a"), frozenset("a"))
    counts = {"accounts made": 2, "accounts linked": 0}
    return Report(counts=counts, findings=tuple(findings.made), equivalence=equivalence, **further)


def test_says_first_what_was_done_and_last_what_came_of_it() -> None:
    lines = a_report().as_text().splitlines()

    assert lines[0] == "accounts made: 2"
    assert lines[-1].startswith("Nothing has been written: somebody would have other access")
    assert "accounts linked" not in "".join(lines)


def test_shows_ten_of_a_sort_and_how_many_more_there_are() -> None:
    told = a_report().as_text()

    assert "Not carried (12)" in told
    assert "  group `9`: names nobody" in told
    assert "  … and 2 more of this sort (--json lists all)" in told
    assert "Left to do (1)" in told


def test_names_who_would_have_what() -> None:
    told = a_report().as_text()

    assert "Equivalence: 3 sets compared, 1 differ\n" in told
    assert "  user `ann` · application `app` · roles: no longer a; new c\n" in told
    assert "1 differ as they are meant to\n" in told
    assert "  user `ann` · groups: no longer a (the account is disabled here)\n" in told


def test_says_whether_it_would_work() -> None:
    assert a_report(is_rehearsal=True).as_text().endswith("It would be refused. Nothing has been written.")
    allowed = a_report(is_rehearsal=True, allows_differences=True)
    assert allowed.as_text().endswith("It would work. Nothing has been written.")


def test_shows_secrets_where_there_are_any() -> None:
    told = a_report(is_written=True, secrets={"job-id": "s3cret"}).as_text()

    assert "Client secrets, shown this once\n  job-id  s3cret\n" in told
    assert told.endswith("Done.")


def test_keeps_some_of_very_many_differences_and_counts_all(monkeypatch: object) -> None:
    equivalence = Equivalence()
    for number in range(comparison.DIFFERENCES_KEPT + 5):
        equivalence.compare(f"user `{number}`", "", "roles", frozenset("a"), frozenset())

    assert (equivalence.differing, len(equivalence.differences)) == (10_005, 10_000)
    assert "… and 9975 more (--json lists them)" in Report(equivalence=equivalence).as_text()


def test_is_the_same_for_programs() -> None:
    data = a_report().as_data()

    assert data["written"] is False
    assert data["findings"][-1] == {
        "kind": "to_do",
        "code": "client_secret",
        "subject": "application `job`",
        "reason": "needs a secret",
    }
    assert data["equivalence"]["differences"] == [
        {
            "who": ANN,
            "where": "application `app`",
            "what": "roles",
            "missing": ["a"],
            "surplus": ["c"],
            "cause": "",
        }
    ]
