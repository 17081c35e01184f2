"""Every setting has a property in conf.py, a place among the known keys, and its default in the reference."""

import ast
import re

import pytest
from django.test import override_settings

from authhub.conf import KNOWN_KEYS, Conf
from tests.house.checkout import ROOT

REFERENCE = (ROOT / "docs" / "reference" / "settings.md").read_text().partition("## An API's settings")[0]
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| ", REFERENCE, flags=re.MULTILINE))
NOT_OF_OURS = {"application_model", "access_token_model"}
"""Properties that read the toolkit's settings, so that hosts without them work."""

PROPERTIES = {
    name: attribute
    for name, attribute in vars(Conf).items()
    if isinstance(attribute, property) and not name.startswith("_") and name not in NOT_OF_OURS
}


def test_each_known_key_is_a_property_and_each_property_a_known_key():
    assert {name.upper() for name in PROPERTIES} == set(KNOWN_KEYS)


def test_the_reference_lists_the_known_keys_and_no_others():
    assert set(ROWS) == set(KNOWN_KEYS)


@pytest.mark.parametrize("name", PROPERTIES)
def test_each_property_says_what_it_means(name):
    assert PROPERTIES[name].__doc__


@pytest.mark.parametrize("key", sorted(KNOWN_KEYS))
@override_settings(AUTHHUB={}, SECRET_KEY="of-the-tests", SECRET_KEY_FALLBACKS=[])
def test_the_reference_states_the_default(key):
    stated = ROWS[key].strip("`").replace("\\|", "|")
    value = getattr(Conf(), key.lower())

    if stated == "required":
        assert value == ""
    elif key == "ENCRYPTION_KEYS":
        assert value == ["of-the-tests"]
    else:
        assert ast.literal_eval(stated) == value
