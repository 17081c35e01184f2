"""
`python3 -m authhub_site`: one command from a fresh checkout to a running demo or a passed test suite.

Only this file is read by a Python that is too old, so its syntax stays that of the first Python 3.
"""

import sys

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - the point is to be understood by an older Python
        sys.exit("authhub needs Python 3.11 or newer; this is Python " + sys.version.split()[0])

    from authhub_site import bootstrap

    sys.exit(bootstrap.main(sys.argv[1:]))
