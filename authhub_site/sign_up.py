"""Signing up by oneself, as consumers do: an account, and the group that carries the default role."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from authhub.models import Group
from authhub.rbac import administration
from authhub_site.scenarios.businesses import BUSINESSES

if TYPE_CHECKING:
    CreationForm = BaseUserCreationForm[User]
else:
    CreationForm = BaseUserCreationForm

REASON = "signed up"


class SignUpForm(CreationForm):
    """The e-mail address is the user name, as for everybody in the demo."""

    username = forms.EmailField(
        label="E-mail address", max_length=150, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )

    class Meta:
        model = User
        fields = ["username", "first_name"]

    def clean_username(self) -> str:
        """Refuse an address that somebody has, whichever way it is written."""
        address: str = self.cleaned_data["username"].lower()
        if get_user_model().objects.filter(username__iexact=address).exists():
            raise forms.ValidationError("Somebody has signed up with this address.")
        return address

    def save(self, commit: bool = True) -> Any:
        """Keep the address as one, too."""
        self.instance.email = self.cleaned_data["username"]
        return super().save(commit)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, key: str) -> HttpResponse:
    """Show the form; make the account. Anyone may, once the business is loaded."""
    group = Group.objects.filter(name=BUSINESSES[key].signs_up_into).first()
    form = SignUpForm(request.POST or None)
    context = {"key": key, "business": BUSINESSES[key], "form": form, "is_loaded": group is not None}
    if group is not None and request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            administration.add_member(group=group, user=user, by=None, reason=REASON)
        return render(request, "exampleco/sign_up.html", {**context, "signed_up": user}, status=201)
    return render(request, "exampleco/sign_up.html", context)
