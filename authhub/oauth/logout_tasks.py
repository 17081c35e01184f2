"""Telling applications of a sign-out in the background; what is left, ``authhub_deliver_logouts`` takes up."""

from collections.abc import Sequence

from django.utils import timezone

from authhub.oauth.backchannel_logout import OUTBOX
from authhub.oauth.background import background, run_later, run_now
from authhub.oauth.background import start as start_task


@background
def tell(key: int) -> None:
    """Tell one application, and see to it that it is tried again if that failed and the backend can wait."""
    run_later(tell, key, OUTBOX.deliver(key))


def start(keys: Sequence[int]) -> None:
    """Begin telling, and come back at once; call it after the commit."""
    start_task(tell, keys, deliver_due)


def deliver_due() -> int:
    """Tell whoever waits for a try now; return how many were tried."""
    keys = OUTBOX.due(timezone.now())
    for key in keys:
        run_now(tell, key)
    return len(keys)
