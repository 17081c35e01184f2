"""Revisions of access: what was changed, how two points differ, and the way back (B-05)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.errors import invalid_query, not_found
from authhub.api.outcomes import OutcomeOut
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of, query_of
from authhub.api.users import find_user
from authhub.api.views import ManagementView
from authhub.models import AuditEvent
from authhub.rbac.describing import difference_as_data, outcome_as_data, revision_as_data
from authhub.rbac.refusals import UnknownReferenceError
from authhub.rbac.revisions import KEY_DIGITS_MAX, Point, difference, history, point_after, point_called, roll_back


class RevisionOut(StrictSerializer):
    """A change of access."""

    id = serializers.IntegerField()
    event = serializers.CharField()
    happened_at = serializers.DateTimeField()
    actor = serializers.DictField(child=serializers.CharField(), allow_null=True)
    subject = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_null=True)
    record_id = serializers.CharField(allow_null=True)
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    with_it = serializers.DictField(child=serializers.IntegerField())


class RevisionQuery(PageQuery):
    """Which revisions."""

    user_id = serializers.CharField(max_length=300, required=False, help_text="Only those about this user.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Only those before.")


class DifferenceQuery(StrictSerializer):
    """Between which points."""

    to = serializers.CharField(max_length=100, required=False, help_text="Another; default: now.")

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        start = serializers.CharField(max_length=100, help_text="The id of a revision, or a moment.")
        return {"from": start, **super().get_fields()}


class RecordDifferenceOut(StrictSerializer):
    """A record that is not the same at two points."""

    model = serializers.CharField()
    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)


class DifferenceOut(OutcomeOut):
    """What differs between two points, and who holds more or less for it."""

    records = RecordDifferenceOut(many=True)


class RollbackIn(StrictSerializer):
    """Why, and whether for good."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)
    dry_run = serializers.BooleanField(required=False, help_text="Only say who would gain and lose what.")


class RollbackOut(OutcomeOut):
    """What came, or would come, of a rollback; `revision` is the new one."""

    changes = serializers.IntegerField()
    revision = serializers.IntegerField(allow_null=True)


class RevisionsView(ManagementView):
    """All revisions."""

    scopes = {"GET": ("read:revisions",)}
    listing = "revisions"

    @extend_schema(parameters=[RevisionQuery], responses=RevisionOut(many=True))
    def get(self, request: Request) -> Response:
        """List them, newest first; from a checkpoint, oldest first."""
        require_sight(self.caller)
        query = query_of(request, RevisionQuery)
        revisions = history().select_related("actor__authhub_profile", "actor_application")
        if "user_id" in query:
            revisions = revisions.filter(user=find_user(self.caller, query["user_id"]))
        if "since" in query:
            revisions = revisions.filter(happened_at__gte=query["since"])
        if "until" in query:
            revisions = revisions.filter(happened_at__lt=query["until"])
        return page_of(request, revisions, "revisions", revision_as_data, RevisionQuery)


class RevisionView(ManagementView):
    """One revision."""

    scopes = {"GET": ("read:revisions",)}

    @extend_schema(responses=RevisionOut)
    def get(self, request: Request, revision_id: str) -> Response:
        """Show a revision."""
        require_sight(self.caller)
        return Response(revision_as_data(find_revision(revision_id)))


class RevisionDifferenceView(ManagementView):
    """What differs between two points."""

    scopes = {"GET": ("read:revisions",)}

    @extend_schema(parameters=[DifferenceQuery], responses=DifferenceOut)
    def get(self, request: Request) -> Response:
        """Compare two revisions or moments."""
        require_sight(self.caller)
        query = query_of(request, DifferenceQuery)
        return Response(difference_as_data(difference(find_point(query["from"]), find_point(query.get("to")))))


class RevisionRollbackView(ManagementView):
    """The way back to a revision."""

    scopes = {"POST": ("create:revisions",)}

    @extend_schema(request=RollbackIn, responses=RollbackOut)
    def post(self, request: Request, revision_id: str) -> Response:
        """Undo all changes since, or none; itself a revision."""
        require_sight(self.caller)
        body = body_of(request, RollbackIn)
        point = point_after(find_revision(revision_id))
        is_trial = body.get("dry_run", False)
        done = roll_back(to=point, by=self.caller.actor, reason=body.get("reason", ""), dry_run=is_trial)
        revision = None if done.event is None else done.event.pk
        return Response({"changes": done.changes, "revision": revision, **outcome_as_data(done.outcome)})


def require_sight(caller: Caller) -> None:
    """
    Return if the caller may see the event log: a revision names records of every kind.

    Raises:
        PermissionDenied: a user without the right to view events.
    """
    if not caller.is_machine and not caller.actor.has_perm("authhub.view_auditevent"):
        raise PermissionDenied("The user may not view events.")


def find_revision(revision_id: str) -> AuditEvent:
    """
    Return the revision of an id.

    Raises:
        ApiError: 404, there is none.
    """
    is_key = revision_id.isascii() and revision_id.isdigit() and len(revision_id) <= KEY_DIGITS_MAX
    related = ("actor__authhub_profile", "actor_application")
    found = history().select_related(*related).filter(pk=int(revision_id)).first() if is_key else None
    if found is None:
        raise not_found("revision", revision_id)
    return found


def find_point(text: str | None) -> Point:
    """
    Return the point that a parameter names.

    Raises:
        ApiError: 400, it names none.
    """
    try:
        return point_called(text)
    except UnknownReferenceError as error:
        raise invalid_query(str(error)) from error
