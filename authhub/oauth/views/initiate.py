"""
Where a person who is here begins to sign in there: third-party-initiated login (OpenID Connect Core §4).

A link of ours to a page that the application registered for this. The application then makes an authorization request
of its own, with a state that it knows: nothing is issued here.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from authhub.conf import conf
from authhub.oauth.applications import load_application
from authhub.oauth.page_headers import page_headers
from authhub.oauth.parameters import InvalidParametersError, Parameters, query_parameters
from authhub.oauth.redirect_uris import origin_of
from authhub.oauth.response_modes import redirect_to
from authhub.oauth.views.authorize import error_page


@csrf_exempt
@page_headers
def initiate(request: HttpRequest, client_id: str) -> HttpResponse:
    """Send the browser to the application's own login page, with ``iss`` and what the link says. For anyone."""
    if request.method not in ("GET", "HEAD"):
        response = error_page(request, "invalid_request", "Open this address in a browser.", status=405)
        response.headers["Allow"] = "GET, HEAD"
        return response
    try:
        parameters = query_parameters(request)
    except InvalidParametersError as error:
        return error_page(request, "invalid_request", str(error))
    application = load_application(client_id)
    uri = application.authhub_profile.initiate_login_uri if application is not None else ""
    if not uri:
        return error_page(request, "invalid_request", "This application does not begin sign-ins from here.", status=404)
    target = parameters.get("target_link_uri")
    if target is not None and origin_of(target) not in {
        origin_of(each) for each in (uri, *application.redirect_uris.split())
    }:
        # The application must check it, too (§4); a link of ours to a stranger's page would look like a good one.
        return error_page(request, "invalid_request", "The target_link_uri is not one of the application's.")
    return redirect_to(_with(uri, parameters))


def _with(uri: str, parameters: Parameters) -> str:
    said = {"iss": conf.issuer}
    said |= {name: parameters[name] for name in ("login_hint", "target_link_uri") if name in parameters}
    parts = urlsplit(uri)
    # A registered address might carry one of these names: ours count.
    own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in said]
    return parts._replace(query=urlencode([*own, *said.items()])).geturl()
