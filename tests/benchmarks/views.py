"""The work that a protected and an unprotected view do alike."""

from typing import Any

from rest_framework.response import Response


class Answer:
    """Answers with as little as an API would: one small object."""

    def get(self, request: Any) -> Response:
        return Response({"ok": True})
