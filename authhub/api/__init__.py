"""
Delivery over HTTP as JSON: the Management API v2 in Auth0's shapes, and the Authorization Extension's API.

One file per noun; each view states who may call it (`scopes`), parses, makes one call downwards, and renders.
"""
