"""Signing in and out, for people."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.forms import CharField, PasswordInput
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from authhub.conf import conf
from authhub.oauth.login_throttle import PAUSE_SECONDS, count_try, forget_tries
from authhub.oauth.page_headers import page_headers
from authhub.oauth.ui_locales import spoken
from authhub.oauth.views.logout import sign_out

PASSWORD_LENGTH_MAX = 4096
LOGIN_HINT_LENGTH_MAX = 254
DJANGO_DEFAULT_PAGE = "/accounts/profile/"


class LoginForm(AuthenticationForm):
    """Django's form, with a bound on what is hashed (LG08)."""

    password = CharField(
        label=_("Password"),
        strip=False,
        max_length=PASSWORD_LENGTH_MAX,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@method_decorator(page_headers, name="dispatch")
@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class LoginView(auth_views.LoginView):
    """
    The login page. Anyone may call it; it asks for the password even of someone who is signed in (``prompt=login``).

    `next` leads only to this host (LG06); without one the person sees that they are signed in.
    """

    template_name = "authhub/login.html"
    pause_template_name = "authhub/too_many_tries.html"
    authentication_form = LoginForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Speak the language that the application wishes for (OpenID Connect Core §3.1.2.1, ``ui_locales``)."""
        answer = super().dispatch
        return spoken(request.GET.get("ui_locales", ""), lambda: answer(request, *args, **kwargs))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the password, or refuse to after too many tries."""
        if not count_try(request, request.POST.get("username", "")):
            response = render(request, self.pause_template_name, {"login": self._here()}, status=429)
            response.headers["Retry-After"] = str(PAUSE_SECONDS)
            return response
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign the person in."""
        forget_tries(self.request, self.request.POST.get("username", ""))
        return super().form_valid(form)

    def get_initial(self) -> dict[str, Any]:
        """Fill in what the application knows of the person (OpenID Connect Core §3.1.2.1, ``login_hint``)."""
        hint = self.request.GET.get("login_hint", "")
        is_usable = hint.isprintable() and len(hint) <= LOGIN_HINT_LENGTH_MAX
        return {**super().get_initial(), "username": hint if is_usable else ""}

    def get_form(self, form_class: type[AuthenticationForm] | None = None) -> AuthenticationForm:
        """Begin where something is missing: at the password, when the name is known."""
        form = super().get_form(form_class)
        if form["username"].value():
            form.fields["username"].widget.attrs.pop("autofocus", None)
            form.fields["password"].widget.attrs["autofocus"] = True
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say for which application the person signs in."""
        return super().get_context_data(application=self._application(), **kwargs)

    def get_redirect_url(self, *args: Any) -> str:
        """
        Return where to go after signing in, if it is on this host.

        Django refuses every address of more than 2048 characters; an authorization request may have more, and its
        path is our own.
        """
        return super().get_redirect_url(*args) or self._authorization_request()

    def get_default_redirect_url(self) -> str:
        """Return the project's page for people who sign in, or ours if it names none."""
        has_own = settings.LOGIN_REDIRECT_URL != DJANGO_DEFAULT_PAGE
        return super().get_default_redirect_url() if has_own else reverse("authhub:logout")

    def _authorization_request(self) -> str:
        name = self.redirect_field_name
        target: str = self.request.POST.get(name, self.request.GET.get(name, ""))
        return target if target.partition("?")[0] == reverse("authhub:authorize") else ""

    def _application(self) -> Any:
        target = urlsplit(self.get_redirect_url())
        client_id = parse_qs(target.query).get("client_id", [""])[0]
        if target.path != reverse("authhub:authorize") or not client_id.isprintable():
            return None
        known = apps.get_model(conf.application_model).objects.filter(authhub_profile__is_active=True)
        return known.filter(client_id=client_id).first()

    def _here(self) -> str:
        """Return this page's address, with where it leads afterwards."""
        target = self.get_redirect_url()
        return f"{self.request.path}?{urlencode({self.redirect_field_name: target})}" if target else self.request.path


@page_headers
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def logout_page(request: HttpRequest) -> HttpResponseBase:
    """Ask whether the person wants to sign out of this site, and do it. For everyone."""
    if request.method == "POST":
        return sign_out(request)
    template = "authhub/logout.html" if request.user.is_authenticated else "authhub/logged_out.html"
    return render(request, template)
