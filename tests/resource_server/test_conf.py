"""Settings are read when they are needed, with defaults that are safe."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from authhub.resource_server.conf import KNOWN_KEYS, ResourceServerConf, Verification, conf


@pytest.fixture
def values(settings):
    """Return the settings dictionary, to be filled by the test."""
    settings.AUTHHUB_RESOURCE_SERVER = {}
    return settings.AUTHHUB_RESOURCE_SERVER


def test_has_defaults_that_are_safe(values):
    assert conf.algorithms == {"RS256"}
    assert conf.verification is Verification.LOCAL
    assert conf.user is None
    assert conf.introspection_endpoint == ""
    assert conf.introspection_cache_seconds == 0
    assert (conf.jwks_cache_seconds, conf.jwks_stale_seconds, conf.timeout_seconds) == (300, 3600, 3)


def test_works_without_any_setting_until_a_required_one_is_read(settings):
    del settings.AUTHHUB_RESOURCE_SERVER

    assert conf.verification is Verification.LOCAL
    with pytest.raises(ImproperlyConfigured, match="AUDIENCE"):
        _ = conf.audience


@pytest.mark.parametrize("name", ["AUDIENCE", "CLIENT_ID", "CLIENT_SECRET"])
def test_requires_what_has_no_default(values, name):
    with pytest.raises(ImproperlyConfigured, match=name):
        getattr(conf, name.lower())
    values[name] = "x"
    assert getattr(conf, name.lower()) == "x"


def test_takes_this_projects_issuer_and_keys(values, settings):
    settings.AUTHHUB = {"ISSUER": "https://here.example/"}

    assert conf.issuer == "https://here.example/"
    assert conf.jwks.__name__ == "jwks"
    assert conf.jwks.__module__ == "authhub.oauth.signing_keys"


def test_discovers_another_issuers_keys(values):
    values["ISSUER"] = "https://elsewhere.example/"

    assert conf.jwks == ""
    values["JWKS"] = "https://elsewhere.example/keys"
    assert conf.jwks == "https://elsewhere.example/keys"


def test_requires_an_issuer_where_there_is_none(values, settings):
    settings.AUTHHUB = {}

    with pytest.raises(ImproperlyConfigured, match="ISSUER"):
        _ = conf.issuer


@pytest.mark.parametrize("algorithms", [["none"], ["HS256"], ["RS256", "HS256"], []])
def test_refuses_an_unsafe_algorithm(values, algorithms):
    values["ALGORITHMS"] = algorithms

    with pytest.raises(ImproperlyConfigured, match="cannot be verified"):
        _ = conf.algorithms


def test_allows_a_safe_algorithm(values):
    values["ALGORITHMS"] = ["ES256", "RS256"]

    assert conf.algorithms == {"ES256", "RS256"}


def test_refuses_an_unknown_way_to_verify(values):
    values["VERIFICATION"] = "never"

    with pytest.raises(ImproperlyConfigured, match="never"):
        _ = conf.verification


@pytest.mark.parametrize("name", ["JWKS", "LIVE", "USER"])
@pytest.mark.parametrize("path", ["nowhere.at_all", "tests.nothing", "authhub.__version__"])
def test_refuses_a_path_that_leads_nowhere(values, name, path):
    values[name] = path

    with pytest.raises(ImproperlyConfigured, match=name):
        getattr(conf, name.lower())


def test_bounds_how_long_anything_is_kept(values):
    values.update(JWKS_CACHE_SECONDS=86400, INTROSPECTION_CACHE_SECONDS=86400)

    assert conf.jwks_cache_seconds == 300
    assert conf.introspection_cache_seconds == 60


def test_knows_every_key_that_it_reads():
    properties = {name for name, value in vars(ResourceServerConf).items() if isinstance(value, property)}

    assert {name.upper() for name in properties} - {"_VALUES"} == KNOWN_KEYS
    assert all(getattr(ResourceServerConf, name).__doc__ for name in properties - {"_values"})
