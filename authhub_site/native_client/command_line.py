"""The commands, their options and what they print: results on stdout, everything for the person on stderr."""

import argparse
import json
import sys
import webbrowser
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from authhub_site.native_client.authorization_server import AuthorizationServer
from authhub_site.native_client.configuration import Configuration, configuration
from authhub_site.native_client.device_sign_in import sign_in_on_another_device
from authhub_site.native_client.problems import NativeClientError, NotPermittedError
from authhub_site.native_client.session import Session
from authhub_site.native_client.sign_in import sign_in
from authhub_site.native_client.token_store import TokenStore

APPROVE = "approve:timesheets"
WAIT_SECONDS = 300
INTERRUPTED = 130
EPILOG = """\
Exit status:
  0  done
  1  refused, or no answer
  2  the command is wrong
  3  nobody is signed in
  4  whoever is signed in may not do this

Tokens stay in the system's keyring if the Python package `keyring` finds one, else in a file that only you
may read, below TIMESHEETS_HOME (default: ~/.local/state/exampleco-timesheets).

The demo of this checkout is found by itself. For another server set TIMESHEETS_ISSUER, TIMESHEETS_CLIENT_ID,
TIMESHEETS_AUDIENCE and TIMESHEETS_API_URL.
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        found = configuration(issuer=options.issuer, client_id=options.client_id)
        return int(options.run(Client(found), options) or 0)
    except NativeClientError as problem:
        say(f"timesheets: {problem}")
        return problem.status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads, such as `head`, has read enough
        sys.stderr.close()
        return 0


class Client:
    """What every command needs, put together once."""

    def __init__(self, found: Configuration) -> None:
        self.configuration = found
        self.server = AuthorizationServer(found.issuer)
        self.store = TokenStore(found.issuer)
        self.session = Session(self.server, self.store, found.api_url)


def parser() -> argparse.ArgumentParser:
    """Return the parser; each command carries the function that runs it."""
    whole = argparse.ArgumentParser(
        prog="timesheets",
        description="Enter and approve hours at ExampleCo.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--issuer", default="", metavar="URL", help="the authorization server; default: the demo's")
    whole.add_argument("--client-id", default="", metavar="ID", help="which application this is; default: the demo's")
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Client, argparse.Namespace], int | None], help: str) -> Any:  # noqa: A002
        added = commands.add_parser(name, help=help, description=help.capitalize() + ".")
        added.set_defaults(run=run)
        return added

    login = command("login", _login, "sign in with the browser")
    login.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    login.add_argument("--device", action="store_true", help="show a code to enter on another device (RFC 8628)")
    login.add_argument("--timeout", type=float, default=WAIT_SECONDS, metavar="SECONDS", help="default: %(default)s")
    whoami = command("whoami", _whoami, "say who is signed in and what they may do")
    listed = command("list", _list, "list your timesheets")
    listed.add_argument("--waiting", action="store_true", help="everybody's that wait for approval, instead")
    add = command("add", _add, "enter hours")
    add.add_argument("project")
    add.add_argument("hours", type=float)
    add.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="default: today")
    approve = command("approve", _approve, "approve timesheets of others")
    approve.add_argument("id", type=int, nargs="+", help="as `list --waiting` shows it")
    logout = command("logout", _logout, "sign out here")
    logout.add_argument("--browser", action="store_true", help="in the browser too")
    for each in (whoami, listed, add, approve):
        each.add_argument("--json", action="store_true", help="print JSON")
    return whole


def say(sentence: str) -> None:
    """Tell the person, not the program that reads the result."""
    print(sentence, file=sys.stderr, flush=True)


def _login(client: Client, options: argparse.Namespace) -> None:
    server, found, seconds = client.server, client.configuration, options.timeout
    if options.device:
        tokens = sign_in_on_another_device(server, found, say=say, wait_seconds=seconds)
    else:
        tokens = sign_in(server, found, say=say, opens_browser=not options.no_browser, wait_seconds=seconds)
    client.session.begin(tokens)
    print(f"Signed in as {_name(tokens.claims)}.")
    say(f"Kept in {client.store.place}.")


def _whoami(client: Client, options: argparse.Namespace) -> None:
    tokens = client.session.tokens()
    if options.json:
        _print_json({"claims": dict(tokens.claims), "scopes": sorted(tokens.scopes), "client_id": tokens.client_id})
        return
    print(f"{_name(tokens.claims)} at {tokens.issuer}")
    rights = sorted(scope for scope in tokens.scopes if ":" in scope)
    print(f"May: {', '.join(rights) or 'nothing with timesheets'}")
    until = datetime.fromtimestamp(tokens.expires_at, UTC).astimezone()
    print(
        f"The access token is good until {until:%Y-%m-%d %H:%M}{' and then renewed' if tokens.refresh_token else ''}."
    )


def _list(client: Client, options: argparse.Namespace) -> None:
    rows = _waiting(client) if options.waiting else client.session.call("GET", "timesheets")
    if options.json:
        _print_json(rows)
        return
    _print_rows(rows, shows_who=options.waiting)
    if not options.waiting and APPROVE in client.session.tokens().scopes and (waiting := _waiting(client)):
        number = len(waiting)
        say(f"{number} timesheet{'s wait' if number > 1 else ' waits'} for approval: timesheets list --waiting")


def _add(client: Client, options: argparse.Namespace) -> None:
    day = (options.date or date.today()).isoformat()
    row = client.session.call("POST", "timesheets", {"date": day, "project": options.project, "hours": options.hours})
    if options.json:
        _print_json(row)
        return
    print(f"Entered {row['hours']:g} h for {row['project']} on {row['date']} (timesheet {row['id']}).")


def _approve(client: Client, options: argparse.Namespace) -> None:
    _require(client, APPROVE)
    rows = [client.session.call("PUT", f"approvals/{pk}", {}) for pk in options.id]
    if options.json:
        _print_json(rows)
        return
    for row in rows:
        print(f"Approved {row['hours']:g} h of {row['user_id']} for {row['project']} (timesheet {row['id']}).")


def _logout(client: Client, options: argparse.Namespace) -> None:
    kept = client.session.end()
    print("Signed out." if kept else "Nobody was signed in.")
    if kept is None or not (address := client.session.end_session_url(kept)):
        return
    if not options.browser:
        say("The browser stays signed in; next time: logout --browser")
    elif not webbrowser.open(address):
        say(f"Open this address to sign out in the browser:\n{address}")


def _waiting(client: Client) -> Any:
    _require(client, APPROVE)
    return client.session.call("GET", "approvals")


def _require(client: Client, scope: str) -> None:
    if scope not in client.session.tokens().scopes:
        raise NotPermittedError(f"your roles do not allow this: the token does not carry {scope}")


def _name(claims: Any) -> str:
    name, email = claims.get("name"), claims.get("email")
    return f"{name} <{email}>" if name and email else str(name or email or claims.get("sub"))


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _print_rows(rows: Sequence[dict[str, Any]], *, shows_who: bool) -> None:
    if not rows:
        say("There are none.")
        return
    widest = max(len(str(row["project"])) for row in rows)
    for row in rows:
        who = f"  {row['user_id']}" if shows_who else ""
        state = "approved" if row["approved"] else "waiting"
        print(f"{row['id']:>6}  {row['date']}  {row['hours']:>5g} h  {row['project']:<{widest}}  {state}{who}")
