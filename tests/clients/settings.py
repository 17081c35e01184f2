"""The demo, with everything on that some client library needs, and with fast hashing."""

from authhub_site.settings import *  # noqa: F403
from authhub_site.settings import AUTHHUB

AUTHHUB = {**AUTHHUB, "LEGACY_GRANT_TYPES": ["implicit", "password"], "ALLOW_PRIVATE_ADDRESSES": True}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
