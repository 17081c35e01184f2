"""
The deployment's own word: an ordered pipeline of Python functions that shapes tokens.

Owns what a rule is handed (`context`), what it may answer (`outcomes`), which rules there are (`registry`) and how
their answers become one verdict (`pipeline`). Never decides who may what: that is `authhub.rbac`, which it does not
import.
"""
