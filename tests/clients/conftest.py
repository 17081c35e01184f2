"""One issuer for all libraries, people who sign in there, and programs for Node.js."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import node
from tests.clients.issuer import Issuer, serve
from tests.clients.person import Person
from tests.clients.programs import Programs


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    """Serve the issuer as long as the tests run."""
    with serve(tmp_path_factory.mktemp("issuer")) as issuer:
        yield issuer


PersonMaker = Callable[[str], Person]


@pytest.fixture
def person(issuer: Issuer) -> Iterator[PersonMaker]:
    """Return a function that gives somebody of ExampleCo a browser of their own."""
    people: list[Person] = []

    def new(name: str) -> Person:
        people.append(Person(issuer.login(name), str(issuer.certificates.authority)))
        return people[-1]

    yield new
    for one in people:
        one.client.close()


@pytest.fixture
def trusted(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Python libraries of this process trust the issuer's certificate."""
    for name, value in issuer.trust().items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """Return where the libraries for Node.js are installed. Where there is no Node.js, CI fails and others skip."""
    reason = node.why_not()
    assert not reason, reason
    return node.installed_packages()


@pytest.fixture
def programs(issuer: Issuer, node_packages: Path, tmp_path: Path) -> Programs:
    """Return what runs a program for Node.js."""
    (tmp_path / "node_modules").symlink_to(node_packages / "node_modules")
    return Programs(tmp_path, issuer)
