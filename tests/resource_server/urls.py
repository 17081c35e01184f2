"""The Timesheets API's addresses, for the tests of its description."""

from django.urls import path

from tests.resource_server import views

urlpatterns = [
    path(f"{name.__name__.lower()}/", name.as_view())
    for name in (
        views.Timesheets,
        views.Public,
        views.Approvals,
        views.Either,
        views.ByMethod,
        views.Claimed,
        views.Composed,
        views.Both,
        views.MoreReports,
    )
]
