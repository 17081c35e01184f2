"""
Issues tokens: everything that speaks OAuth, and the only package that imports django-oauth-toolkit and oauthlib.

Asks `authhub.rbac` who may what and `authhub.rules` for the deployment's word; never decides that itself.
"""
