"""
How an API checks the access tokens that authhub issued, in this project or in another.

Owns verification (JSON Web Tokens, introspection), the REST framework classes and the client for jobs.
Has no tables and imports no models, so that a project without authhub's tables can protect its API with it;
`verification`, `jwks`, `introspection` and `machine_client` work without Django's settings.
"""
