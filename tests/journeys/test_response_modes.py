"""The responses that a browser has to carry: a form that posts itself, and a message to the page that waits."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import SignIn, Visitor, enter_password
from tests.journeys.demo import Demo
from tests.protocol.relying_party import pkce

HOSTILE = "\"'></form><script>alert(1)</script></script><img src=x onerror=alert(1)>"
REGISTER = """
from authhub.oauth.registration import register_application
made = register_application(
    name="Frames", application_type="spa", redirect_uris=["{origin}/callback"], allowed_origins=["{origin}"],
)
print(made.application.client_id)
"""
RECEIVE = """
(url) => new Promise((resolve) => {
  addEventListener("message", (event) => resolve({ origin: event.origin, data: event.data }), { once: true });
  setTimeout(() => resolve(null), 8000);
  const frame = document.createElement("iframe");
  frame.src = url;
  document.body.append(frame);
})
"""
WAIT_BEHIND_A_POP_UP = """
(url) => {
  window.received = new Promise((resolve) => {
    addEventListener("message", (event) => resolve({ origin: event.origin, data: event.data }), { once: true });
  });
  window.open(url, "sign-in", "popup");
}
"""

pytestmark = pytest.mark.browser


class Website:
    """
    A website that says hello to everybody, and remembers who came how.

    On a real port, of the same site as the demo, so that its cookie travels into a frame there; of another origin.
    """

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], str]] = []
        website = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = b"<!doctype html><title>Client</title><link rel=icon href=data:,><p>The client is here."
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                website.posts.append((dict(parse_qsl(body)), self.headers["Origin"]))
                self.do_GET()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def client() -> Iterator[Website]:
    website = Website()
    yield website
    website.server.shutdown()
    website.server.server_close()


@pytest.fixture(scope="module")
def stranger() -> Iterator[Website]:
    website = Website()
    yield website
    website.server.shutdown()
    website.server.server_close()


Address = Callable[..., str]


@pytest.fixture(scope="module")
def address(demo: Demo, client: Website) -> Address:
    """Return a function that makes authorization requests of an application at `client`."""
    registered = demo.manage("shell", "--no-imports", "--command", REGISTER.format(origin=client.origin))
    assert registered.returncode == 0, registered.stderr
    client_id = registered.stdout.strip().splitlines()[-1]

    def request(**parameters: str) -> str:
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": f"{client.origin}/callback",
            "scope": "openid",
            "state": HOSTILE,
            "code_challenge": pkce()[1],
            "code_challenge_method": "S256",
            **parameters,
        }
        return f"{demo.base_url}/authorize?{urlencode(query)}"

    return request


@pytest.fixture
def visitor_without_scripts(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context(base_url=demo.base_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def forbid_dialogs(page: Page) -> Page:
    """Fail when a script of the hostile state runs."""
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    return page


@pytest.mark.spec("OAuth 2.0 Form Post", "2", "auto-submitted in a browser")
@pytest.mark.spec("security", "AZ31", "form_post with markup in state")
def test_a_form_posts_itself_to_the_client(visitor: Visitor, demo: Demo, client: Website, address: Address) -> None:
    page = forbid_dialogs(visitor())

    page.goto(address(response_mode="form_post"))
    enter_password(page, *demo.login("employee"))

    expect(page.get_by_text("The client is here.")).to_be_visible()
    answer, origin = client.posts.pop()
    assert set(answer) == {"code", "state", "iss"}
    assert answer["state"] == HOSTILE
    assert origin == demo.base_url
    assert page.url == f"{client.origin}/callback"


@pytest.mark.spec("OAuth 2.0 Form Post", "2", "a button where scripts are off")
def test_a_person_without_scripts_presses_the_button(
    visitor_without_scripts: Page, demo: Demo, client: Website, address: Address
) -> None:
    page = visitor_without_scripts
    page.goto(address(response_mode="form_post"))
    enter_password(page, *demo.login("employee"))
    expect(page.get_by_text(client.origin.removeprefix("http://"))).to_be_visible()
    assert client.posts == []

    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("The client is here.")).to_be_visible()
    assert client.posts.pop()[0]["state"] == HOSTILE


@pytest.mark.spec("authhub", "E-13", "postMessage in a browser")
def test_a_frame_tells_the_page_around_it(sign_in: SignIn, demo: Demo, client: Website, address: Address) -> None:
    page = forbid_dialogs(sign_in("employee"))
    page.goto(client.origin)

    message: Any = page.evaluate(RECEIVE, address(response_mode="web_message", prompt="none"))

    assert message["origin"] == demo.base_url
    assert message["data"]["type"] == "authorization_response"
    assert set(message["data"]["response"]) == {"code", "state", "iss"}
    assert message["data"]["response"]["state"] == HOSTILE


@pytest.mark.spec("authhub", "E-13", "login_required in a browser")
def test_a_frame_says_that_nobody_is_signed_in(visitor: Visitor, client: Website, address: Address) -> None:
    page = forbid_dialogs(visitor())
    page.goto(client.origin)

    # Without a prompt, too: the browser itself says that it is a frame.
    message: Any = page.evaluate(RECEIVE, address(response_mode="web_message"))

    assert message["data"]["response"]["error"] == "login_required"
    assert message["data"]["response"]["state"] == HOSTILE


@pytest.mark.spec("authhub", "E-13", "target origin exact")
def test_a_frame_tells_no_stranger(
    browser: Browser, sign_in: SignIn, demo: Demo, stranger: Website, address: Address
) -> None:
    # In a context of its own: here the browser is to complain that its policy forbids the frame.
    context = browser.new_context(storage_state=sign_in("employee").context.storage_state())
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(stranger.origin)

    message = page.evaluate(RECEIVE, address(response_mode="web_message", prompt="none"))
    context.close()

    assert message is None
    assert any("frame-ancestors" in text for text in complaints)


def test_a_pop_up_window_tells_the_page_behind_it(
    visitor: Visitor, demo: Demo, client: Website, address: Address
) -> None:
    page = visitor()
    page.goto(client.origin)
    with page.expect_popup() as opened:
        page.evaluate(WAIT_BEHIND_A_POP_UP, address(response_mode="web_message", display="popup"))

    enter_password(opened.value, *demo.login("employee"))

    message: Any = page.evaluate("window.received")
    assert message["origin"] == demo.base_url
    assert "code" in message["data"]["response"]
