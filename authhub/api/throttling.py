"""How many requests an application may send in a minute, told with every answer (E-44)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from authhub.api.authentication import Caller
from authhub.conf import conf


class ApplicationThrottle(SimpleRateThrottle):
    """Counts an application's requests in Django's cache; who has no token is refused before he is counted."""

    scope = "authhub"
    num_requests: int | None
    duration: int | None
    history: list[float] = []

    def get_rate(self) -> str:
        """Read the setting at call time."""
        return f"{conf.api_requests_per_minute}/minute"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        """Count by application and API."""
        if not isinstance(request.auth, Caller):
            return None
        # Whoever has the key of the policy endpoint has no name, and counts as one.
        who = "key" if request.auth.application is None else request.auth.application.pk
        return f"authhub.api.{getattr(view, 'audience', '')}.{who}"

    def tell(self, response: Response) -> None:
        """Add Auth0's three headers: how many, how many are left, and when all are there again (Unix time)."""
        if self.num_requests is None or getattr(self, "key", None) is None:
            return
        oldest = self.history[-1] if self.history else self.now
        response["X-RateLimit-Limit"] = str(self.num_requests)
        response["X-RateLimit-Remaining"] = str(max(0, self.num_requests - len(self.history)))
        response["X-RateLimit-Reset"] = str(int(oldest + (self.duration or 0)) + 1)
