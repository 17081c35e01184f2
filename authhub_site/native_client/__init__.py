"""
ExampleCo's Timesheets at the command line: a native application without a secret (`auth0.md` A.4, RFC 8252).

Somebody else's program as far as authhub is concerned: it knows addresses on the wire, and neither Django nor a table.
Its tokens stay with the person who runs it, in the system's keyring or in a file that nobody else may read.
"""
