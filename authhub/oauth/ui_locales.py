"""The language that a client asks for (``ui_locales``, OpenID Connect Core §3.1.2.1): a wish, never an error."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.translation import get_supported_language_variant

TAGS_MAX = 10


def language_of(ui_locales: str) -> str | None:
    """Return the first of the language tags that the project has a translation for, or None."""
    for tag in ui_locales.split()[:TAGS_MAX]:
        try:
            return get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return None


def spoken(ui_locales: str, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return what `answer` makes, in the language that is wished for if there is such a one."""
    language = language_of(ui_locales)
    if language is None:
        return answer()
    with translation.override(language):
        response = answer()
        if isinstance(response, SimpleTemplateResponse):
            response.render()
    response.headers["Content-Language"] = language
    return response
