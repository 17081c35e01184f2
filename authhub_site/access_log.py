"""The demo's log: a line per request, without what an address carries after its question mark."""

import logging
import re

QUERY = re.compile(r"\?\S*")


class WithoutQuery(logging.Filter):
    """Cut the query from logged addresses: authorization codes travel there, and a code is never logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the arguments of a record in place and let it pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(QUERY.sub("", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
