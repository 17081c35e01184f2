"""`python -m authhub_site.native_client`; in the demo, `python3 -m authhub_site timesheets`."""

import sys

from authhub_site.native_client.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
