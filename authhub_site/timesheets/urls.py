"""URLs of the Timesheets API, below ``/api/``."""

from django.urls import path

from authhub_site.timesheets import views

app_name = "timesheets"

urlpatterns = [
    path("timesheets", views.TimesheetList.as_view(), name="timesheets"),
    path("timesheets/upload", views.TimesheetUpload.as_view(), name="upload"),
    path("timesheets/<int:pk>", views.TimesheetDetail.as_view(), name="timesheet"),
    path("approvals", views.ApprovalList.as_view(), name="approvals"),
    path("approvals/<int:pk>", views.ApprovalDetail.as_view(), name="approval"),
]
