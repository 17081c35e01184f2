"""
Moving over from Auth0 (B-28): what its exports say, what of it is carried and why the rest is not, and the proof.

Reading is pure: no database is asked. `oracle` answers as Auth0 did, from the exports alone and on purpose by code of
its own; `equivalence` holds its answers beside those that authhub gives after the import.
"""
