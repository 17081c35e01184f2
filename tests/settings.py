"""Settings of the test suite: the demo's, with fast hashing, and the database that ``DATABASE`` names."""

import os
import tempfile
from pathlib import Path

import django

os.environ["SECRET_KEY"] = "of-the-tests"  # so that the demo's settings make none

from authhub_site.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if django.VERSION >= (6, 1):  # before, the test runner sets the backend by itself
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

if os.environ.get("DATABASE", "sqlite") == "postgresql":
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ.get("PGDATABASE", "authhub")},
    }
else:
    # A file and not memory: threads of a test must wait for each other as the threads of a server do.
    FILE = Path(tempfile.gettempdir()) / f"authhub-test-{os.getpid()}.sqlite3"
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FILE,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
            },
            "TEST": {"NAME": FILE},
        }
    }
