"""The Content-Security-Policy of Django 5.2..."""

from typing import Any

from django.http import HttpResponse
from django.test import RequestFactory

from authhub_site.content_security_policy import ContentSecurityPolicyMiddleware

POLICY = {"default-src": ["'self'"], "img-src": ["'self'", "data:"]}


def answer(response: HttpResponse) -> Any:
    return ContentSecurityPolicyMiddleware(lambda _request: response)(RequestFactory().get("/"))


def test_is_what_the_settings_say(settings) -> None:
    settings.SECURE_CSP = POLICY

    assert answer(HttpResponse())["Content-Security-Policy"] == "default-src 'self'; img-src 'self' data:"


def test_is_left_to_a_view_that_sends_its_own(settings) -> None:
    settings.SECURE_CSP = POLICY

    sent = answer(HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"}))

    assert sent["Content-Security-Policy"] == "default-src 'none'"


def test_is_left_out_where_a_view_was_decorated_so(settings) -> None:
    settings.SECURE_CSP = POLICY
    response = HttpResponse()
    response._csp_config = {}

    assert "Content-Security-Policy" not in answer(response)
