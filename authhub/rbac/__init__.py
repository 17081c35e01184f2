"""
Who may what, and why. Imports `authhub.models` and nothing above; knows neither HTTP nor tokens.

`review` answers in one query what is held; `access` decides about one permission and `explanation` says why, both from
the same `paths`; `administration` changes it, in a transaction, with who and why; `simulation` tries proposed
`changes`, and `revisions` lead back through those that were made.
"""
