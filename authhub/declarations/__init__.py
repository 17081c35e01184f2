"""
Access as code: one YAML file declares how access is built, and the database is made to be so (B-03, B-18).

Between the floors: it delivers nothing, and stands on the use-cases of `authhub.rbac` and `authhub.oauth`. What is
declared and what is stored become two `state.State`; `planning` compares them, `applying` writes the difference.

Users are no part of it: neither their assignments nor their memberships are declared, or lost.
"""
