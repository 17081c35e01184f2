"""
An OAuth 2.0 / OpenID Connect authorization server in the manner of Auth0, as a Django app.

Light on purpose: a settings module imports this package before Django is ready, and a project that only
protects an API imports `authhub.resource_server` without having any of authhub's tables.
"""

from authhub.conf import oauth2_provider

__all__ = ["__version__", "oauth2_provider"]

__version__ = "0.1.0"
