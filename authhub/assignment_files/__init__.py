"""
Files that say which user holds what: read, resolved and assigned in batches, and written (B-17).

Between the floors, as `authhub.declarations` is: commands and the admin deliver, `authhub.rbac.bulk` decides.
"""
