"""The demo's home page and its single-page application."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from authhub_site.commands_to_type import command_line
from authhub_site.credentials import Credentials
from authhub_site.exampleco import APPLICATIONS, LEGACY_APPLICATIONS, PEOPLE, email_of
from authhub_site.scenarios.businesses import BUSINESSES


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Say who is who and what to try; show the passwords only where the demo made them and keeps them itself."""
    passwords = Credentials.load().passwords if settings.DEBUG else {}
    people = [
        {"key": key, "person": person, "email": email_of(key), "password": passwords.get(key)}
        for key, person in PEOPLE.items()
    ]
    return render(
        request,
        "exampleco/home.html",
        {
            "people": people,
            "command": command_line(),
            "sign_in_command": command_line("timesheets login"),
            "business_commands": [command_line(f"scenario {key}") for key in BUSINESSES],
            "legacy": LEGACY_APPLICATIONS if settings.LEGACY_FLOWS else {},
            "knows_passwords": bool(passwords),
        },
    )


@require_safe
def spa(request: HttpRequest) -> HttpResponse:
    """Serve the single-page application, also at its callback: it reads the answer from its own address."""
    return render(request, "exampleco/spa.html")


@require_safe
@never_cache
def spa_configuration(request: HttpRequest) -> JsonResponse:
    """Tell the single-page application which one it is and whom to ask."""
    client_id = Credentials.load().client_ids.get("spa")
    if client_id is None:
        return JsonResponse({"message": "ExampleCo is not loaded: run `python manage.py exampleco`."}, status=503)
    base_url = settings.ISSUER.rstrip("/")
    return JsonResponse(
        {
            "client_id": client_id,
            "issuer": settings.ISSUER,
            "audience": settings.TIMESHEETS_AUDIENCE,
            "redirect_uri": base_url + APPLICATIONS["spa"].callback,
            "home": base_url + APPLICATIONS["spa"].home,
            "csrf_token": get_token(request),
        }
    )


@require_POST
def spa_sign_out(request: HttpRequest) -> HttpResponse:
    """End the sign-in at the server too; for as long as the server has no address for that of its own."""
    logout(request)
    return HttpResponse(status=204)


@csrf_exempt  # it changes nothing, and programs that call the API have no cookie
def not_in_the_api(_request: HttpRequest) -> JsonResponse:
    """Answer in the API's own manner below ``/api/``, where no endpoint is."""
    return JsonResponse({"detail": "Not found."}, status=404)
