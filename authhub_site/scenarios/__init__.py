"""
The scenarios of Auth0's architecture guides, each runnable in the demo (M-25).

ExampleCo plays the technical ones; a business has people, roles, an API and an application of its own.
"""
