"""The forms of the application page."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authhub.admin.recorded import ReasonForm
from authhub.admin.typed_bases import ModelForm
from authhub.models import ApplicationType, GrantType
from authhub.oauth.grant_types import LEGACY, enabled_grant_types

URI_FIELDS = ("redirect_uris", "post_logout_redirect_uris", "allowed_origins")


class UriListField(forms.CharField):
    """URIs one per line on screen, separated by blanks in the table."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "spellcheck": "false"})
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Put each on its own line."""
        return "\n".join(value.split()) if isinstance(value, str) else value

    def to_python(self, value: Any) -> str:
        """Separate by one blank."""
        return " ".join(str(value or "").split())


class ApplicationForm(ReasonForm):
    """
    The toolkit's record. The use-case validates it: it alone knows the profile that the URIs must fit.
    """

    redirect_uris = UriListField(
        label=_("Redirect URIs"),
        help_text=_("One per line; compared byte for byte. https, or http on this machine; no wildcards (RFC 9700)."),
    )
    post_logout_redirect_uris = UriListField(
        label=_("Redirect URIs after logout"), help_text=_("One per line; where people may be sent after signing out.")
    )
    allowed_origins = UriListField(
        label=_("Allowed origins"), help_text=_("One per line, such as https://app.example.com; for CORS.")
    )

    def _post_clean(self) -> None:
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class NewApplicationForm(ApplicationForm):
    """What has to be said at first; the rest follows from the type and is changed later."""

    application_type = forms.ChoiceField(
        label=_("Type"),
        choices=ApplicationType.choices,
        widget=forms.RadioSelect,
        help_text=_("Decides the grant types, and whether there is a secret."),
    )
    is_first_party = forms.BooleanField(
        label=_("Our own"),
        required=False,
        initial=True,
        help_text=_("Third-party applications always ask the user for consent."),
    )


class MetadataField(forms.JSONField):
    """A JSON object; an empty one is not a change, though Django's field takes it for one."""

    def to_python(self, value: Any) -> Any:
        """Read nothing as an empty object, and refuse what is no object."""
        metadata = super().to_python(value)
        if metadata is None:
            return {}
        if not isinstance(metadata, dict):
            raise ValidationError(_("Enter a JSON object with names and values."))
        return metadata

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is meant, not how it is written."""
        try:
            return bool(self.to_python(data) != (initial or {}))
        except ValidationError:
            return True


def _grant_type_choices() -> list[tuple[str, Any]]:
    enabled = enabled_grant_types()
    off = _("{grant_type} (off for the whole server)")
    return [
        (value, label if value in enabled else format_lazy(off, grant_type=label)) for value, label in GrantType.choices
    ]


def _grant_types_help() -> str:
    if enabled_grant_types() >= LEGACY:
        return gettext("What the application may use.")
    return gettext(
        "What the application may use. Implicit, hybrid and password stay off, whatever is ticked here, until "
        'the settings name them in AUTHHUB["LEGACY_GRANT_TYPES"].'
    )


class GrantTypesField(forms.MultipleChoiceField):
    """What an application may use, marked where the whole server has it switched off."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Grant types"),
            choices=_grant_type_choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            # Both read the settings when the page is shown.
            help_text=lazy(_grant_types_help, str)(),
        )


class ProfileForm(ModelForm):
    """Our part of an application."""

    grant_types = GrantTypesField()

    metadata = MetadataField(
        label=_("Metadata"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Names and values for rules to read, as a JSON object."),
    )
