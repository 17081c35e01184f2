"""Counting in Django's cache: so many of something by somebody in a while, then a pause."""

import hashlib
import logging

from django.core.cache import cache

logger = logging.getLogger("authhub.throttling")


def count(purpose: str, who: str, *, limit: int, period_seconds: int) -> bool:
    """
    Count one more before it is done, and return whether it may be done.

    Counting comes first so that many at once do not all find room. A cache that does not answer stops nobody: nothing
    is slowed down then, and the log says so.
    """
    key = _key(purpose, who)
    try:
        cache.add(key, 0, period_seconds)
        return cache.incr(key) <= limit
    except ValueError:  # the period ended between the two calls
        return True
    except Exception:  # each backend has errors of its own
        logger.exception("%s are not counted: the cache does not answer", purpose)
        return True


def uncount(purpose: str, who: str) -> None:
    """Take one back that turned out not to be of the kind that counts."""
    try:
        cache.decr(_key(purpose, who))
    except ValueError:  # nothing is counted any more
        return
    except Exception:
        logger.exception("%s are not counted: the cache does not answer", purpose)


def forget(purpose: str, who: str) -> None:
    """Begin anew."""
    try:
        cache.delete(_key(purpose, who))
    except Exception:
        logger.exception("%s are not forgotten: the cache does not answer", purpose)


def _key(purpose: str, who: str) -> str:
    return f"authhub:{purpose.replace(' ', '-')}:{hashlib.sha256(who.encode(errors='replace')).hexdigest()}"
