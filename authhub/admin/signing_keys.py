"""Signing keys: looked at, rotated and revoked; the private part is never shown."""

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import actor, confirm
from authhub.admin.refusals import message_of
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import KeyState, SigningAlgorithm, SigningKey
from authhub.oauth import signing_keys


@admin.register(SigningKey)
class SigningKeyAdmin(ViewOnlyAdmin):
    """The keys that sign tokens, by algorithm and state."""

    list_display = ("kid", "algorithm", "state", "created_at", "activated_at", "retired_at", "revoked_at", "buttons")
    list_filter = ("algorithm", "state")
    search_fields = ("kid",)
    fieldsets = (
        (_("Life"), {"fields": ("created_at", "activated_at", "retired_at", "revoked_at")}),
        (_("Public key"), {"fields": ("public_key",)}),
    )
    readonly_fields = ("buttons", "public_key")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a key is revoked, and remembered."""
        return False

    def may_operate(self, request: HttpRequest) -> bool:
        """Ask for the right to change keys: rotating and revoking are the only changes."""
        return request.user.has_perm("authhub.change_signingkey")

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the buttons out for whoever may only look."""
        return tuple(name for name in self.list_display if name != "buttons" or self.may_operate(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the buttons out for whoever may only look."""
        shown = [
            name for name in ("kid", "algorithm", "state", "buttons") if name != "buttons" or self.may_operate(request)
        ]
        return [(None, {"fields": shown}), *self.fieldsets]

    @admin.display(description=_("public key (JWK)"))
    def public_key(self, obj: Any) -> str:
        """Show what is published."""
        return format_html("<pre>{}</pre>", json.dumps(obj.public_jwk, indent=2))

    @admin.display(description=_("actions"))
    def buttons(self, obj: Any) -> str:
        """Lead to the questions whether to rotate or revoke."""
        site = self.admin_site.name
        links = []
        if obj.state == KeyState.CURRENT:
            links.append((reverse(f"{site}:authhub_signingkey_rotate", args=[obj.algorithm]), _("Rotate…")))
        if obj.state != KeyState.REVOKED:
            links.append((reverse(f"{site}:authhub_signingkey_revoke", args=[obj.pk]), _("Revoke…")))
        return format_html_join(" ", '<a href="{}">{}</a>', links)

    def get_urls(self) -> list[URLPattern]:
        """Add the questions whether to rotate or revoke."""
        protect = self.admin_site.admin_view
        return [
            path("rotate/<str:algorithm>/", protect(self.rotate_view), name="authhub_signingkey_rotate"),
            path("<int:pk>/revoke/", protect(self.revoke_view), name="authhub_signingkey_revoke"),
            *super().get_urls(),
        ]

    def rotate_view(self, request: HttpRequest, algorithm: str) -> HttpResponse:
        """Ask, then sign with the next key."""
        if algorithm not in SigningAlgorithm.values or not self.may_operate(request):
            raise PermissionDenied
        back = reverse(f"{self.admin_site.name}:authhub_signingkey_changelist")

        def act(reason: str) -> HttpResponse:
            at_once = request.POST.get("at_once") == "yes"
            try:
                signing_keys.rotate(algorithm=algorithm, by=actor(request), reason=reason, at_once=at_once)
            except signing_keys.NextKeyTooYoungError as error:
                raise ValidationError(message_of(error)) from error
            self.message_user(request, _("New tokens are signed with the next key; older tokens stay good."))
            return HttpResponseRedirect(back)

        return confirm(
            self,
            request,
            title=_("Rotate signing key"),
            question=_("New tokens are signed with the next key. Tokens signed with the current one stay good."),
            button=_("Rotate"),
            back_url=back,
            act=act,
            option=("at_once", _("Even if the next key was published less than a minute ago")),
        )

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then refuse the key for ever."""
        key = self.get_object(request, str(pk))
        if key is None or not self.may_operate(request):
            raise PermissionDenied
        back = reverse(f"{self.admin_site.name}:authhub_signingkey_changelist")

        def act(reason: str) -> HttpResponse:
            try:
                signing_keys.revoke(key=key, by=actor(request), reason=reason)
            except signing_keys.AlreadyRevokedError as error:
                raise ValidationError(message_of(error)) from error
            self.message_user(request, _("The key was revoked."))
            return HttpResponseRedirect(back)

        return confirm(
            self,
            request,
            title=_("Revoke signing key"),
            question=_("Every token signed with %(key)s is refused from now on. This cannot be undone.") % {"key": key},
            button=_("Revoke"),
            back_url=back,
            act=act,
        )
