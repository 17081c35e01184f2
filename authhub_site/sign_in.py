"""authhub's login page in the demo's words, also at the door of the admin, which has no throttle of its own."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms import EmailInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from authhub.views.login import LoginForm, LoginView


class EmailLoginForm(LoginForm):
    """The form where every username is an e-mail address; Django's asks for what the user model calls it."""

    error_messages = {
        **LoginForm.error_messages,
        "invalid_login": "Please enter a correct e-mail address and password. Capital letters count.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["username"]
        field.label = "E-mail address"
        field.widget = EmailInput(attrs={**field.widget.attrs, "autocomplete": "username"})


class AdminLoginForm(EmailLoginForm):
    """The same for those who may enter the admin."""

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse others after the right password: nobody else learns what an account may."""
        super().confirm_login_allowed(user)
        if not user.is_staff:
            raise ValidationError("This account may not enter the admin.", code="no_staff")


@method_decorator(never_cache, name="dispatch")
class AdminLoginView(LoginView):
    """The admin's login page: passwords are counted here as at ``/login``."""

    authentication_form = AdminLoginForm
    template_name = "exampleco/admin_login.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let those in who are signed in already, as Django's page does."""
        if admin.site.has_permission(request):
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        """Return the admin's first page."""
        return reverse("admin:index")
