"""
Settings of the demo project, written to be read: what a project needs for authhub is marked with "authhub:".

The environment decides what differs between machines:

``AUTHHUB_DATABASE``  a file (SQLite) or a ``postgresql://`` URL; default: ``demo.sqlite3`` beside ``manage.py``
``AUTHHUB_ISSUER``    where the site is reached, with a slash at the end; default: ``http://127.0.0.1:8000/``
``AUTHHUB_LEGACY_FLOWS``  ``1`` turns implicit, hybrid and the password grant on, which RFC 9700 advises against
``AUTHHUB_ENV``       ``production`` switches the demo's conveniences off; then these are required:
``SECRET_KEY``        Django's secret; the demo makes its own at the first start and keeps it beside the database
``AUTHHUB_ENCRYPTION_KEYS``  secrets for data at rest, separated by commas: the first encrypts, all decrypt
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.core.exceptions import ImproperlyConfigured

import authhub
from authhub_site.storage import companion, database, kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
IS_PRODUCTION = os.environ.get("AUTHHUB_ENV") == "production"
DEBUG = not IS_PRODUCTION

ISSUER = os.environ.get("AUTHHUB_ISSUER", "http://127.0.0.1:8000/")
DATABASE_LOCATION = os.environ.get("AUTHHUB_DATABASE") or str(BASE_DIR / "demo.sqlite3")
DATABASES = {"default": database(DATABASE_LOCATION)}

if IS_PRODUCTION:
    missing = [name for name in ("AUTHHUB_ISSUER", "AUTHHUB_ENCRYPTION_KEYS", "SECRET_KEY") if not os.environ.get(name)]
    if missing:
        raise ImproperlyConfigured(f"production needs {', '.join(missing)} in the environment")
    if not ISSUER.startswith("https://"):
        raise ImproperlyConfigured(f"production needs an https issuer, not `{ISSUER}`")

SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret(companion(DATABASE_LOCATION, "secret-key", BASE_DIR))
ALLOWED_HOSTS = [urlsplit(ISSUER).hostname or ""]
if not IS_PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "guardian",  # authhub: who may administer which API, role, group, application or organization; may be left out
    "oauth2_provider",  # authhub: the toolkit it stands on
    "authhub",  # authhub: roles, applications, APIs, tokens
    "authhub_site",
    "authhub_site.timesheets",
]
if find_spec("drf_spectacular"):
    INSTALLED_APPS.append("drf_spectacular")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Django has a middleware for the Content-Security-Policy since 6.0; the demo carries a small one until then.
    "django.middleware.csp.ContentSecurityPolicyMiddleware"
    if django.VERSION >= (6, 0)
    else "authhub_site.content_security_policy.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "authhub_site.urls"
WSGI_APPLICATION = "authhub_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

if IS_PRODUCTION:
    # Failed logins are counted in the cache, by all processes together: once `manage.py createcachetable`, or Redis.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# authhub: who signs the tokens, and what they say of a user
AUTHHUB: dict[str, Any] = {"ISSUER": ISSUER, "CLAIMS_MAPPING": "authhub_site.claims.exampleco_claims"}
if not IS_PRODUCTION:
    AUTHHUB["ALLOW_PRIVATE_ADDRESSES"] = True  # the applications that are told of a sign-out are on this machine
LEGACY_FLOWS = os.environ.get("AUTHHUB_LEGACY_FLOWS") == "1"
if LEGACY_FLOWS:
    AUTHHUB["LEGACY_GRANT_TYPES"] = ["implicit", "password"]
if IS_PRODUCTION:
    AUTHHUB["ENCRYPTION_KEYS"] = os.environ["AUTHHUB_ENCRYPTION_KEYS"].split(",")

# authhub: attaches to the toolkit
OAUTH2_PROVIDER = authhub.oauth2_provider()

# authhub: how an API in this project checks tokens, here with the keys at hand instead of a JWKS address
TIMESHEETS_AUDIENCE = "https://api.exampleco.com/timesheets"
AUTHHUB_RESOURCE_SERVER = {
    "ISSUER": ISSUER,
    "AUDIENCE": TIMESHEETS_AUDIENCE,
    "JWKS": "authhub.oauth.signing_keys.jwks",
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
if find_spec("drf_spectacular"):
    REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "authhub.resource_server.openapi.AutoSchema"
SPECTACULAR_SETTINGS = {"TITLE": "ExampleCo", "VERSION": authhub.__version__, "SERVE_INCLUDE_SCHEMA": False}

# authhub: rights over single records, in the admin and the administrative APIs; Django's own come first
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "guardian.backends.ObjectPermissionBackend"]
ANONYMOUS_USER_NAME = None  # guardian would otherwise make a user for nobody

LOGIN_URL = "authhub:login"  # authhub: its login page
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles" if IS_PRODUCTION else None

# No page of ours has a script or a style inside. `form-action` is left out on purpose: after the login form comes a
# redirect to the application that asked, and Chromium would stop it.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
# "same-origin" would cut the link that a sign-in in a pop-up window needs.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = True
    # Believed because a proxy in front must set it; without a proxy, leave this out.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_query": {"()": "authhub_site.access_log.WithoutQuery"}},
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_query"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "authhub": {"level": "INFO"},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
