"""Somebody with a browser that runs no scripts: follows redirects, signs in, agrees, and comes to the application."""

import json
import re
import ssl
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx

STEPS_MAX = 15


@dataclass(frozen=True)
class Arrival:
    """Where the person came: an address, and what was posted there if it was a form."""

    url: str
    posted: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def json(self) -> Any:
        """Return what the page says, if it is JSON."""
        return json.loads(self.page)


class Person:
    """A browser of its own; `sign_in` fills in the pages of the issuer when they come."""

    def __init__(self, login: tuple[str, str], authority: str) -> None:
        self.username, self.password = login
        self.client = httpx.Client(verify=ssl.create_default_context(cafile=authority), timeout=20)
        self.pages: list[str] = []
        """Which pages were seen on the way."""

    def go(self, url: str, until: str = "") -> Arrival:
        """
        Go to `url` and on, until an address begins with `until` or a page asks nothing of the issuer's.

        Raises:
            AssertionError: it goes round in circles.
        """
        response = self.client.get(url)
        for _ in range(STEPS_MAX):
            if response.is_redirect:
                target = urljoin(str(response.url), response.headers["Location"])
                if until and target.startswith(until):
                    return Arrival(target)
                response = self.client.get(target)
                continue
            form = Form.in_page(response.text, str(response.url)) if response.status_code == 200 else None
            if form is None or not form.is_of_the_issuer:
                return Arrival(str(response.url), page=response.text)
            if until and form.action.startswith(until):
                return Arrival(form.action, posted=form.fields)
            response = self._submitted(form, response)
        raise AssertionError(f"it does not end: {response.url}")

    def _submitted(self, form: "Form", page: httpx.Response) -> httpx.Response:
        fields = dict(form.fields)
        if "password" in fields:
            self.pages.append("login")
            fields |= {"username": self.username, "password": self.password}
        elif "user_code" in fields:
            self.pages.append("code")
        elif "transaction" in fields:
            self.pages.append("consent")
            fields["decision"] = "allow"
        origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
        return self.client.post(form.action, data=fields, headers={"Origin": origin, "Referer": str(page.url)})


@dataclass(frozen=True)
class Form:
    """The first form of a page that is posted."""

    action: str
    fields: dict[str, str]

    @property
    def is_of_the_issuer(self) -> bool:
        """Whether a person, or the page itself, sends it on the way to an application."""
        known = {"password", "transaction", "user_code", "id_token", "code", "access_token", "error"}
        return bool(known & set(self.fields))

    @classmethod
    def in_page(cls, html: str, url: str) -> "Form | None":
        found = re.search(r"<form\b([^>]*)>(.*?)</form>", html, re.DOTALL | re.IGNORECASE)
        if found is None or "post" not in found[1].lower():
            return None
        inputs = [_attributes(tag) for tag in re.findall(r"<input\b([^>]*)>", found[2])]
        fields = {tag["name"]: tag.get("value", "") for tag in inputs if "name" in tag}
        return cls(urljoin(url, _attributes(found[1]).get("action", url)), fields)


def _attributes(tag: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
