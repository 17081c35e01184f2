"""A single-page application: the library, a program of the documentation that uses it, and a page to hold them."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients.documentation import program
from tests.clients.issuer import HOST, Issuer

LIBRARY = "@auth0/auth0-spa-js/dist/auth0-spa-js.production.esm.js"
HTML = """<!doctype html>
<title>A single-page application</title>
<script type="importmap">{"imports": {"@auth0/auth0-spa-js": "/library.js"}}</script>
<script type="module">
  import * as program from '/program.js';
  window.program = program;
</script>
"""


class Application:
    """What the application's server answers; a test may change the configuration before a page is opened."""

    def __init__(self, issuer: Issuer, packages: Path) -> None:
        self.address = issuer.addresses["spa"]
        self.configuration: dict[str, Any] = {
            "domain": issuer.domain,
            "clientId": issuer.data["applications"]["spa"]["client_id"],
            "authorizationParams": {
                "audience": issuer.data["audience"],
                "scope": "openid profile email read:timesheets approve:timesheets",
                "redirect_uri": f"{self.address}/",
            },
        }
        self.library = (packages / "node_modules" / LIBRARY).read_text()

    def answer(self, path: str) -> tuple[str, str]:
        """Return the content and its type."""
        javascript = "text/javascript"
        files = {
            "/library.js": (self.library, javascript),
            "/program.js": (program("auth0-spa-js.js"), javascript),
            "/configuration.js": (f"export const configuration = {json.dumps(self.configuration)};", javascript),
        }
        return files.get(path, (HTML, "text/html"))


@contextmanager
def serve_application(application: Application, issuer: Issuer) -> Iterator[None]:
    """Serve it over https, where browsers have the cryptography that the library needs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content, kind = application.answer(self.path.partition("?")[0])
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """Say nothing of the connections on which a browser only looks at the certificate."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issuer.certificates.certificate, issuer.certificates.key)
    with Server((HOST, application.address.port), Handler) as server:
        # Each connection shakes hands in its own thread: a browser opens some that it never uses.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()
