"""The plans' response types and modes: what a test runs with, once each."""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Flow:
    """What a client of a plan asks for. `plan` is where the result counts (see `tests.conformance`)."""

    plan: str
    response_type: str
    response_mode: str | None = None

    @property
    def gives_code(self) -> bool:
        return "code" in self.response_type.split()

    @property
    def gives_access_token(self) -> bool:
        """Whether the client ends up with a token for userinfo, from either endpoint."""
        return self.gives_code or "token" in self.response_type.split()

    @property
    def gives_id_token_in_front(self) -> bool:
        return "id_token" in self.response_type.split()

    def __str__(self) -> str:
        return "-".join([self.plan, *self.response_type.split()])


RESPONSE_TYPES = {
    "basic": ("code",),
    "implicit": ("id_token", "id_token token"),
    "hybrid": ("code id_token", "code token", "code id_token token"),
}
FLOWS = tuple(
    Flow(f"{prefix}{plan}", response_type, response_mode)
    for prefix, response_mode in (("", None), ("formpost-", "form_post"))
    for plan, response_types in RESPONSE_TYPES.items()
    for response_type in response_types
)
"""Every response type of the plans, each as it is and with form_post."""


def every_flow(*plans: str) -> pytest.MarkDecorator:
    """Run the test once per flow of these plans (also with form_post); of all plans if none is named."""
    chosen = [flow for flow in FLOWS if not plans or flow.plan.removeprefix("formpost-") in plans]
    return pytest.mark.parametrize("flow", chosen, ids=str)


def flows_with(*, front_id_token: bool) -> pytest.MarkDecorator:
    """Run the test once per flow that gives, or does not give, an ID token at the authorization endpoint."""
    chosen = [flow for flow in FLOWS if flow.gives_id_token_in_front == front_id_token]
    return pytest.mark.parametrize("flow", chosen, ids=str)
