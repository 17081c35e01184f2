"""
The Authorization Extension's view of what authhub keeps: roles and permissions by application, names with blanks.

Owns how that view is read, written, imported, exported and asked (B.1, B.4, B.6 of its source); decides nothing anew:
what is effective comes from the same tables as everywhere.
"""
