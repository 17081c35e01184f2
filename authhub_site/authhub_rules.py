"""The demo's own word on tokens; authhub finds this file by its name."""

from django.conf import settings

from authhub.rules.context import RuleContext
from authhub.rules.outcomes import AddClaim
from authhub.rules.registry import post_login, rule

EMAIL_CLAIM = "https://api.exampleco.com/email"


@rule(post_login, order=200)
def add_email_to_access_token(context: RuleContext) -> AddClaim | None:
    """Tell the Timesheets API by e-mail address whose token it is; other APIs are not told."""
    if context.user is None or context.resource_server is None:
        return None
    if context.resource_server.identifier != settings.TIMESHEETS_AUDIENCE:
        return None
    return AddClaim(EMAIL_CLAIM, context.user.email, to=("access_token",))
