"""`python3 -m authhub_site` copes with the machine that it finds."""

import argparse
import ast
import socket
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from authhub_site import bootstrap, virtual_environment
from tests.house.checkout import ROOT


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment's directory in which nothing is installed for real."""
    monkeypatch.setenv("AUTHHUB_VENV", str(tmp_path / "venv"))
    installed = []
    create = venv.create
    monkeypatch.setattr(venv, "create", lambda path, **options: create(path, **{**options, "with_pip": False}))
    monkeypatch.setattr(virtual_environment, "_install", lambda _, extra: installed.append(extra))
    return argparse.Namespace(path=tmp_path / "venv", installed=installed)


@pytest.fixture
def made(monkeypatch):
    """Environments that need no making."""
    monkeypatch.setattr(virtual_environment, "ensure", lambda extra: Path(f"/{extra}/python"))


@pytest.fixture
def busy_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_the_entry_is_understood_by_an_old_python():
    ast.parse((ROOT / "authhub_site" / "__main__.py").read_text(), feature_version=(3, 4))


def test_needs_nothing_but_the_standard_library():
    code = "import sys; sys.path.insert(0, '.'); from authhub_site import bootstrap"

    subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, check=True)


def test_installs_once(environment):
    virtual_environment.ensure("demo")
    virtual_environment.ensure("demo")

    assert environment.installed == ["demo"]
    assert virtual_environment.python_of(environment.path).exists()


def test_serves_the_demo_from_the_environment_of_the_tests(environment):
    virtual_environment.ensure("test")
    virtual_environment.ensure("demo")

    assert environment.installed == ["test"]


def test_installs_again_when_the_requirements_changed(environment, monkeypatch):
    virtual_environment.ensure("demo")
    monkeypatch.setattr(virtual_environment, "_fingerprint", lambda: "of other requirements")
    virtual_environment.ensure("demo")

    assert environment.installed == ["demo", "demo"]


def test_takes_an_interrupted_installation_up_again(environment, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(virtual_environment, "_install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            virtual_environment.ensure("demo")
    virtual_environment.ensure("demo")

    assert environment.installed == ["demo"]


def test_makes_its_environment_anew_for_another_python(environment):
    virtual_environment.ensure("demo")
    marker = environment.path / "pyvenv.cfg"
    marker.write_text("version = 3.1.4\n")
    (environment.path / "authhub-demo.stamp").write_text("of the other Python")
    virtual_environment.ensure("demo")

    assert "3.1.4" not in marker.read_text()


def test_leaves_an_environment_that_another_python_made_for_something_else(environment):
    environment.path.mkdir()
    (environment.path / "pyvenv.cfg").write_text("version = 3.1.4\n")

    with pytest.raises(virtual_environment.UnusableEnvironmentError, match="AUTHHUB_VENV"):
        virtual_environment.ensure("demo")


def test_leaves_a_directory_that_is_no_environment(environment):
    environment.path.mkdir()
    (environment.path / "thesis.txt").touch()

    with pytest.raises(virtual_environment.UnusableEnvironmentError, match="not empty"):
        virtual_environment.ensure("demo")


def test_says_which_package_is_missing_where_there_is_no_pip(monkeypatch):
    monkeypatch.setattr(virtual_environment.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(virtual_environment.UnusableEnvironmentError, match="apt install python3-pip"):
        virtual_environment.pip_command(Path("/bin/false"))


def test_keeps_pip_from_installing_elsewhere(monkeypatch):
    for name in virtual_environment.MISLEADING_VARIABLES:
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")

    variables = virtual_environment.clean_variables()

    assert variables["PIP_USER"] == "0"
    assert not set(variables) & set(virtual_environment.MISLEADING_VARIABLES)


def test_takes_the_next_port_when_the_wanted_one_is_busy(busy_port):
    assert bootstrap.free_port(busy_port) > busy_port


def test_names_the_database_from_where_it_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = argparse.Namespace(database="mine.sqlite3")

    assert bootstrap.demo_variables(options, 8000)["AUTHHUB_DATABASE"] == str(tmp_path / "mine.sqlite3")


def test_leaves_a_database_url_as_it_is():
    options = argparse.Namespace(database="postgresql://host/name")

    assert bootstrap.demo_variables(options, 8000)["AUTHHUB_DATABASE"] == "postgresql://host/name"


def test_the_issuer_is_where_it_serves(monkeypatch):
    monkeypatch.delenv("AUTHHUB_ISSUER", raising=False)

    assert (
        bootstrap.demo_variables(argparse.Namespace(database=None), 8123)["AUTHHUB_ISSUER"] == "http://127.0.0.1:8123/"
    )


@pytest.mark.usefixtures("made")
def test_passes_the_options_of_the_demo_on(busy_port, monkeypatch, capsys):
    monkeypatch.delenv("AUTHHUB_ISSUER", raising=False)

    command, variables = bootstrap.planned(
        ["--port", str(busy_port), "--json", "--fresh", "--redirect-uri", "http://localhost:3000/cb"]
    )

    assert command[:3] == ["/demo/python", "manage.py", "serve_exampleco"]
    assert command[4:] == ["--json", "--fresh", "--redirect-uri=http://localhost:3000/cb"]
    assert variables["AUTHHUB_ISSUER"] == f"http://127.0.0.1:{command[3]}/"
    assert f"Port {busy_port} is busy; using {command[3]}." in capsys.readouterr().err


@pytest.mark.usefixtures("made")
def test_turns_the_legacy_flows_on_only_when_asked(monkeypatch):
    monkeypatch.delenv("AUTHHUB_LEGACY_FLOWS", raising=False)

    assert "AUTHHUB_LEGACY_FLOWS" not in bootstrap.planned(["--port", "0"])[1]
    assert bootstrap.planned(["--port", "0", "--legacy-flows"])[1]["AUTHHUB_LEGACY_FLOWS"] == "1"


@pytest.mark.usefixtures("made")
def test_starts_the_client_at_the_command_line():
    command, _ = bootstrap.planned(["timesheets", "add", "StoreZero", "8"])

    assert command == ["/demo/python", "-m", "authhub_site.native_client", "add", "StoreZero", "8"]


@pytest.mark.usefixtures("made")
def test_passes_other_words_to_manage_py():
    command, _ = bootstrap.planned(["migrate", "--plan"])

    assert command == ["/demo/python", "manage.py", "migrate", "--plan"]


@pytest.mark.usefixtures("made")
def test_runs_the_tests_with_pytest_and_settings_of_their_own(monkeypatch):
    monkeypatch.setenv("AUTHHUB_ISSUER", "https://elsewhere.example/")

    command, variables = bootstrap.planned(["test", "-k", "rules"])

    assert command == ["/test/python", "-m", "pytest", "-k", "rules"]
    assert "AUTHHUB_ISSUER" not in variables


def test_a_problem_is_one_sentence(monkeypatch, capsys):
    def unusable(extra):
        raise virtual_environment.UnusableEnvironmentError(f"no {extra}")

    monkeypatch.setattr(virtual_environment, "ensure", unusable)

    assert bootstrap.main(["migrate"]) == 1
    assert capsys.readouterr().err == "authhub: no demo\n"


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("port", ["-5", "65536", "99999"])
def test_says_in_a_sentence_which_ports_there_are(port, capsys):
    assert bootstrap.main(["--port", port]) == 1
    assert capsys.readouterr().err == f"authhub: a port is a number from 0 (any free one) to 65535, not {port}\n"


@pytest.mark.usefixtures("made")
def test_finds_a_port_by_itself_and_says_which(capsys):
    command, _ = bootstrap.planned(["--port", "0"])

    assert int(command[3]) > 0
    assert capsys.readouterr().err == f"Using port {command[3]}.\n"


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("mysql://host/name", "a database is the path of a SQLite file or postgresql://..., not mysql://..."),
        ("nowhere/demo.sqlite3", "the directory `{here}/nowhere` for the database does not exist"),
        (".", "the database `{here}` is a directory; name a file in it"),
        ("postgresql://host", "the database's URL names no database: postgresql://user:password@host/name"),
        ("postgresql://host:port/name", "the database's URL cannot be read: Port could not be cast to integer value"),
    ],
)
def test_says_in_a_sentence_what_is_wrong_with_a_database(database, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert bootstrap.main(["--database", database]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"authhub: {sentence.format(here=tmp_path)}")
    assert said.count("\n") == 1


@pytest.mark.usefixtures("made")
def test_looks_at_the_database_for_other_commands_too(monkeypatch):
    monkeypatch.setenv("AUTHHUB_DATABASE", "mysql://host/name")

    assert bootstrap.main(["migrate"]) == 1
