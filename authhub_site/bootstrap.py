"""
What `python3 -m authhub_site` does with its arguments: serve the demo, run the tests, or pass on to `manage.py`.

Standard library only. Says what it does on stderr: stdout belongs to the command it starts.
"""

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from authhub_site import storage, virtual_environment

HOST = "127.0.0.1"
PORT_MAX = 65535
PORTS_TRIED = 100
CONNECT_SECONDS = 10
DESCRIPTION = """\
Make the environment (.venv, or AUTHHUB_VENV), migrate, load ExampleCo and serve it.

Other first words:
  test [PYTEST ARGUMENTS]      run the tests
  timesheets COMMAND           ExampleCo at the command line: timesheets --help
  COMMAND [ARGUMENTS]          run a command of manage.py, for example: authhub_token --help
"""


Program = tuple[list[str], dict[str, str]]
"""A command and its variables."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return an exit status only where no other program takes over."""
    try:
        command, variables = planned(arguments)
    except (virtual_environment.UnusableEnvironmentError, storage.UnusableLocationError) as problem:
        print(f"authhub: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return _become(command, variables)


def planned(arguments: Sequence[str]) -> Program:
    """
    Return the program that the arguments ask for, with its environment made.

    Raises:
        UnusableEnvironmentError: the environment cannot be made, or no port is free.
        UnusableLocationError: the database that was named cannot be one.
    """
    if not arguments or arguments[0].startswith("-"):
        return _demo(_parser().parse_args(arguments))
    if arguments[0] == "test":
        return _tests(arguments[1:])
    if arguments[0] == "timesheets":
        program = [str(virtual_environment.ensure("demo")), "-m", "authhub_site.native_client", *arguments[1:]]
        return program, virtual_environment.clean_variables()
    variables = virtual_environment.clean_variables()
    _require_usable_database(variables)
    return [str(virtual_environment.ensure("demo")), "manage.py", *arguments], variables


def free_port(wanted: int) -> int:
    """
    Return `wanted`, or the next port after it that nothing listens on; for 0, any that is free.

    Raises:
        UnusableEnvironmentError: no port has this number, or so many in a row are busy that something else is wrong.
    """
    if not 0 <= wanted <= PORT_MAX:
        raise virtual_environment.UnusableEnvironmentError(
            f"a port is a number from 0 (any free one) to {PORT_MAX}, not {wanted}"
        )
    for port in range(wanted, min(wanted + PORTS_TRIED, PORT_MAX + 1)):
        with socket.socket() as probe:
            if os.name != "nt":  # as Django's server: a port in TIME_WAIT is free. Windows means something else by it
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise virtual_environment.UnusableEnvironmentError(f"no free port from {wanted} on")


def demo_variables(options: argparse.Namespace, port: int) -> dict[str, str]:
    """Return the variables by which the demo's settings learn its address and its database."""
    variables = virtual_environment.clean_variables()
    variables.setdefault("AUTHHUB_ISSUER", f"http://{HOST}:{port}/")
    variables.setdefault("PGCONNECT_TIMEOUT", str(CONNECT_SECONDS))
    if options.database:
        is_url = "://" in options.database
        path = Path(options.database).expanduser()
        variables["AUTHHUB_DATABASE"] = options.database if is_url else str(path.absolute())
    return variables


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m authhub_site",
        usage="%(prog)s [options] | test [...] | COMMAND [...]",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8000, help="default 8000; when busy, the next free one; 0: any")
    parser.add_argument("--database", help="path of a SQLite file, or postgresql://user:password@host/name")
    parser.add_argument("--fresh", action="store_true", help="empty the database first")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument(
        "--legacy-flows",
        action="store_true",
        help="turn implicit, hybrid and the password grant on, and add an application for each",
    )
    parser.add_argument(
        "--redirect-uri", action="append", default=[], metavar="URI", help="a further callback; may be repeated"
    )
    return parser


def _demo(options: argparse.Namespace) -> Program:
    port = free_port(options.port)
    variables = demo_variables(options, port)
    if options.legacy_flows:
        variables["AUTHHUB_LEGACY_FLOWS"] = "1"
    _require_usable_database(variables)
    if port != options.port:
        found = f"Port {options.port} is busy; using {port}." if options.port else f"Using port {port}."
        print(found, file=sys.stderr, flush=True)
    python = virtual_environment.ensure("demo")
    switches = [f"--{name}" for name in ("json", "fresh") if getattr(options, name)]
    callbacks = [f"--redirect-uri={uri}" for uri in options.redirect_uri]
    command = [str(python), "manage.py", "serve_exampleco", str(port), *switches, *callbacks]
    return command, variables


def _require_usable_database(variables: Mapping[str, str]) -> None:
    if location := variables.get("AUTHHUB_DATABASE"):
        storage.require_usable(location)


def _tests(arguments: Sequence[str]) -> Program:
    variables = virtual_environment.clean_variables()
    for name in ("AUTHHUB_DATABASE", "AUTHHUB_ENV", "AUTHHUB_ISSUER", "DJANGO_SETTINGS_MODULE"):
        variables.pop(name, None)  # the tests choose for themselves
    return [str(virtual_environment.ensure("test")), "-m", "pytest", *arguments], variables


def _become(command: list[str], variables: Mapping[str, str]) -> int:
    """Replace this process, so that signals and the exit status are the command's own."""
    os.chdir(virtual_environment.ROOT)
    if os.name == "nt":  # there, replacing a process detaches it from the terminal
        return subprocess.run(command, env=variables, check=False).returncode
    os.execve(command[0], command, variables)
