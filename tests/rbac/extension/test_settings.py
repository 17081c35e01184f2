"""The key of the Extension's policy endpoint…"""

import pytest
from django.contrib.auth.models import Permission

from authhub.models import AuditEvent, AuditTag, ExtensionSettings
from authhub.rbac.administration import NotAllowedError
from authhub.rbac.extension.settings import is_api_key, rotate_api_key
from tests import factories

pytestmark = pytest.mark.django_db


def test_is_good_until_it_is_replaced() -> None:
    first, second = rotate_api_key(by=None), rotate_api_key(by=None)

    assert [is_api_key(key) for key in ("", first, second)] == [False, False, True]


def test_is_replaced_only_by_who_may_change_the_settings() -> None:
    user, key = factories.UserFactory(), rotate_api_key(by=None)

    with pytest.raises(NotAllowedError):
        rotate_api_key(by=user)
    assert is_api_key(key)

    user.user_permissions.add(Permission.objects.get(codename="change_extensionsettings"))
    assert is_api_key(rotate_api_key(by=user))


def test_stands_in_no_event_and_not_in_the_database() -> None:
    key = rotate_api_key(by=None)

    assert key not in ExtensionSettings.objects.get().api_key_hash
    assert key not in str(list(AuditEvent.objects.filter(tag=AuditTag.RECORD_CHANGED).values_list("details")))
