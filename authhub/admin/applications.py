"""
Applications: one page for the toolkit's record and ours, and a secret that is shown once.

The toolkit registers `ApplicationAdmin` itself, through its setting (`authhub.conf.ATTACHMENTS`). A new secret is
rendered into the answer of the request that made it, and kept nowhere: not in a message, a session or the history.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authhub.admin.application_forms import (
    URI_FIELDS,
    ApplicationForm,
    NewApplicationForm,
    ProfileForm,
)
from authhub.admin.client_grants import ClientGrantInline
from authhub.admin.confirmation import confirm, page_context, reason_of
from authhub.admin.object_permissions import GrantableMixin
from authhub.admin.recorded import WIDE_NUMBERS, RecordedAdmin
from authhub.admin.recorded_rows import PartMixin
from authhub.admin.refusals import refusing
from authhub.admin.typed_bases import StackedInline
from authhub.admin.which_flow import which_flow_page
from authhub.models import ApplicationProfile, ApplicationType
from authhub.oauth.administration import change_application, delete_application
from authhub.oauth.families import profile_of
from authhub.oauth.registration import register_application, rotate_client_secret


class ProfileInline(PartMixin, StackedInline):
    """Our part of an application, in the toolkit's page."""

    model = ApplicationProfile
    form = ProfileForm
    formfield_overrides = WIDE_NUMBERS
    can_delete = False
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "application_type",
                    "description",
                    "grant_types",
                    "is_active",
                    "is_first_party",
                    "require_pkce",
                    "token_endpoint_auth_method",
                )
            },
        ),
        (
            _("Tokens"),
            {
                "fields": (
                    "id_token_signing_algorithm",
                    "id_token_lifetime_seconds",
                    "refresh_token_lifetime_seconds",
                    "refresh_token_idle_lifetime_seconds",
                    "refresh_tokens_expire",
                    "rotate_refresh_tokens",
                    "refresh_token_leeway_seconds",
                )
            },
        ),
        (
            _("Pages of the application"),
            {
                "fields": ("client_uri", "policy_uri", "tos_uri", "logo_uri", "initiate_login_uri"),
                "classes": ("collapse",),
            },
        ),
        (
            _("Sign-out"),
            {
                "fields": (
                    "backchannel_logout_uri",
                    "backchannel_logout_session_required",
                    "frontchannel_logout_uri",
                    "frontchannel_logout_session_required",
                )
            },
        ),
        (_("Rights over authhub"), {"fields": ("administrator",), "classes": ("collapse",)}),
        (_("Metadata"), {"fields": ("metadata",), "classes": ("collapse",)}),
    )


class ApplicationAdmin(RecordedAdmin, GrantableMixin):
    """An application with its settings, redirect URIs, access and secret."""

    list_display = ("name", "client_id", "application_type", "is_first_party", "is_active", "created")
    list_display_links = ("name", "client_id")
    list_filter = (
        "authhub_profile__application_type",
        "authhub_profile__is_active",
        "authhub_profile__is_first_party",
        "registration_source",
    )
    search_fields = ("name", "client_id", "redirect_uris")
    form = ApplicationForm
    change_list_template = "admin/authhub/applications.html"
    view_on_site = False
    inlines = (ProfileInline, ClientGrantInline)
    add_fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "application_type", "is_first_party")}),
        (_("Addresses"), {"fields": URI_FIELDS}),
    )
    fieldsets = (
        (None, {"fields": ("name", "client_id", "secret", "registration_source", "created", "updated")}),
        (_("Addresses"), {"fields": URI_FIELDS}),
    )
    readonly_fields = ("client_id", "secret", "registration_source", "created", "updated")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask little at first."""
        if obj is None:
            kwargs["form"] = NewApplicationForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask little at first."""
        if obj is not None:
            return super().get_fieldsets(request, obj)
        return [*self.add_fieldsets, (None, {"fields": ("reason",)})]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show settings and access once there is an application."""
        return () if obj is None else self.inlines

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load our part along, in the list and on the page."""
        return super().get_queryset(request).select_related("authhub_profile")

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Register the application; the secret stays with the object for this one answer."""
        given = form.cleaned_data
        registered = register_application(
            name=given["name"],
            application_type=given["application_type"],
            redirect_uris=given["redirect_uris"].split(),
            allowed_origins=given["allowed_origins"].split(),
            logout_uris=given["post_logout_redirect_uris"].split(),
            is_first_party=given["is_first_party"],
            by=by,
            reason=reason,
        )
        registered.application.authhub_new_secret = registered.client_secret
        return registered.application

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Wait with a change for our part, which stands in the same page."""
        if not change:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Change both parts in one use-case, then the access."""
        own = [formset for formset in formsets if formset.model is ApplicationProfile]
        for formset in own:
            formset.save(commit=False)
        if change and (form.has_changed() or any(formset.has_changed() for formset in own)):
            self.save_both(request, form, own)
        super().save_related(request, form, [formset for formset in formsets if formset not in own], change)

    def save_both(self, request: HttpRequest, form: Any, own: list[Any]) -> None:
        """Call the use-case with both parts as they stand in the page."""
        profile = own[0].forms[0].instance if own and own[0].forms else profile_of(form.instance)
        with refusing():
            if profile is None or not profile.application_type:
                raise ValidationError(_("Choose a type: an application without settings gets no token."))
            change_application(application=form.instance, profile=profile, by=request.user, reason=reason_of(request))

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Delete the application."""
        delete_application(application=obj, by=by, reason=reason)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret, this once; without one go on to the settings."""
        if obj.authhub_new_secret is None:
            self.message_user(request, _("The application was registered. It is public and has no secret."))
            return HttpResponseRedirect(self._change_url(obj))
        return self._secret_page(request, obj, obj.authhub_new_secret)

    def get_urls(self) -> list[URLPattern]:
        """Add the question whether to rotate the secret, and the page that says which flow."""
        view = self.admin_site.admin_view(self.rotate_view)
        which = self.admin_site.admin_view(self.which_flow_view)
        return [
            path("which-flow/", which, name=f"{self.opts.app_label}_{self.opts.model_name}_which_flow"),
            path("<path:object_id>/rotate-secret/", view, name=self._rotate_name),
            *super().get_urls(),
        ]

    def which_flow_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what an application is like, and say which flow it should use."""
        return which_flow_page(self, request)

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then show the new secret, this once."""
        application = self.get_object(request, object_id)
        if application is None or not self.has_change_permission(request, application):
            raise PermissionDenied

        def act(reason: str) -> HttpResponse:
            keeps = request.POST.get("at_once") != "yes"
            secret = rotate_client_secret(application=application, by=request.user, reason=reason, keep_previous=keeps)
            self.log_change(request, application, str(_("Rotated the client secret.")))
            return self._secret_page(request, application, secret)

        return confirm(
            self,
            request,
            title=_("Rotate client secret"),
            question=_(
                "%(application)s gets a new secret. The old one works for one more day, unless you say otherwise."
            )
            % {"application": application},
            button=_("Rotate"),
            back_url=self._change_url(application),
            back_label=application,
            act=act,
            option=("at_once", _("It leaked: refuse the old secret at once")),
        )

    @admin.display(description=_("client secret"))
    def secret(self, obj: Any) -> str:
        """Say whether there is a secret, and lead to rotating it; what it is cannot be said."""
        profile = profile_of(obj)
        if profile is None or ApplicationType(profile.application_type).is_public:
            return str(_("None: this kind of application cannot keep one."))
        until = profile.previous_client_secret_expires_at
        if until is not None and until > timezone.now():
            state = gettext("Kept as a hash; the previous one works until %s.")
            state %= formats.localize(timezone.localtime(until))
        else:
            state = gettext("Kept as a hash; it cannot be shown.")
        return format_html(
            '{} <a class="button" href="{}">{}</a>',
            state,
            reverse(f"{self.admin_site.name}:{self._rotate_name}", args=[obj.pk]),
            _("Rotate…"),
        )

    @admin.display(description=_("type"), ordering="authhub_profile__application_type")
    def application_type(self, obj: Any) -> str:
        """Name the type."""
        profile = profile_of(obj)
        return (
            str(_("not known to authhub")) if profile is None else str(ApplicationType(profile.application_type).label)
        )

    @admin.display(description=_("our own"), boolean=True, ordering="authhub_profile__is_first_party")
    def is_first_party(self, obj: Any) -> bool | None:
        """Say whether it is ours."""
        profile = profile_of(obj)
        return None if profile is None else profile.is_first_party

    @admin.display(description=_("active"), boolean=True, ordering="authhub_profile__is_active")
    def is_active(self, obj: Any) -> bool | None:
        """Say whether it gets tokens."""
        profile = profile_of(obj)
        return None if profile is None else profile.is_active

    @property
    def _rotate_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_rotate_secret"

    def _change_url(self, application: Any) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[application.pk])

    def _secret_page(self, request: HttpRequest, application: Any, secret: str) -> HttpResponse:
        profile = profile_of(application)
        context = {
            "title": _("Client secret"),
            "application": application,
            "client_secret": secret,
            "previous_until": profile.previous_client_secret_expires_at if profile else None,
            "back_url": self._change_url(application),
            "back_label": application,
        }
        return TemplateResponse(request, "admin/authhub/secret.html", page_context(self, request, **context))
