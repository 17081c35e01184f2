"""*Roll back to before this*, on the page of an event: what comes of it, the question, and the deed (B-05)."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authhub.admin.confirmation import actor, confirm
from authhub.admin.event_changes import subject_in_words
from authhub.admin.refusals import message_of
from authhub.rbac.administration import AdministrationError
from authhub.rbac.comparison import Outcome
from authhub.rbac.describing import outcome_as_text
from authhub.rbac.revisions import changes_since, history, point_before, roll_back

LINES_MAX = 200
CHANGES_MAX = 50


def may_roll_back(request: HttpRequest) -> bool:
    """Return whether someone may undo changes at all; which ones, each change's own rights say."""
    return request.user.has_perm("authhub.rollback_auditevent")


def roll_back_view(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Show who would gain and lose what, ask, and roll back to before an event."""
    if not may_roll_back(request) or not model_admin.has_view_permission(request):
        raise PermissionDenied
    event = history().filter(pk=pk).first()
    if event is None:
        raise Http404
    back, point = _page(model_admin, event.pk), point_before(event)
    try:
        tried = roll_back(to=point, by=actor(request), dry_run=True)
    except AdministrationError as error:
        model_admin.message_user(request, message_of(error), messages.ERROR)
        return HttpResponseRedirect(back)

    def act(reason: str) -> HttpResponse:
        shown = request.POST.get("shown", "")
        expected = int(shown) if re.fullmatch(r"[0-9]{1,9}", shown) else None
        done = roll_back(to=point, by=actor(request), reason=reason, expected=expected)
        said = ngettext("%d change was undone.", "%d changes were undone.", done.changes) % done.changes
        model_admin.message_user(request, said)
        return HttpResponseRedirect(back if done.event is None else _page(model_admin, done.event.pk))

    return confirm(
        model_admin,
        request,
        title=_("Roll back to before this"),
        question=ngettext(
            "This and all later changes of access are undone, %d in all. That can itself be undone.",
            "This and all later changes of access are undone, %d in all. That can itself be undone.",
            tried.changes,
        )
        % tried.changes,
        template="admin/authhub/roll_back.html",
        outcome=list(_lines(tried.outcome)),
        undone=[
            (_page(model_admin, each.pk), each, subject_in_words(each))
            for each in changes_since(point).select_related("actor", "actor_application")[:CHANGES_MAX]
        ],
        shown=tried.changes,
        undone_hidden=max(0, tried.changes - CHANGES_MAX),
        button=_("Roll back"),
        back_url=back,
        back_label=str(event),
        act=act,
    )


def _page(model_admin: Any, pk: int) -> str:
    return reverse(f"{model_admin.admin_site.name}:authhub_auditevent_change", args=[pk])


def _lines(outcome: Outcome) -> Iterator[str]:
    lines = outcome_as_text(outcome)
    yield from islice(lines, LINES_MAX)
    if next(lines, None) is not None:
        yield _("… and more than is shown here")
