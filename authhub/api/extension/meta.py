"""What anybody may know of the Extension: that it is there."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from authhub import __version__


@csrf_exempt
@require_safe
def meta(_request: HttpRequest) -> JsonResponse:
    """Describe the Extension, to anybody."""
    return JsonResponse(
        {
            "title": "Authorization Extension",
            "name": "auth0-authz",
            "version": __version__,
            "description": "Groups, roles and permissions, kept by authhub.",
            "type": "application",
            "category": "end_user",
        }
    )
