"""The demo's log..."""

import logging

from authhub_site.access_log import WithoutQuery


def logged(*args: object) -> str:
    record = logging.LogRecord("django.server", logging.INFO, "", 0, '"%s" %s %s', args, None)
    assert WithoutQuery().filter(record)
    return record.getMessage()


def test_leaves_out_what_follows_the_question_mark() -> None:
    line = logged("GET /spa/callback?code=abc&state=xyz HTTP/1.1", "200", "1024")

    assert line == '"GET /spa/callback HTTP/1.1" 200 1024'


def test_leaves_everything_else_as_it_is() -> None:
    assert logged("GET /spa/ HTTP/1.1", 200, None) == '"GET /spa/ HTTP/1.1" 200 None'


def test_passes_a_line_without_arguments() -> None:
    record = logging.LogRecord("django.server", logging.INFO, "", 0, "started?", None, None)

    assert WithoutQuery().filter(record)
    assert record.getMessage() == "started?"
