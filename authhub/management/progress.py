"""A bar that shows how far a command is, where somebody watches."""

import time
from typing import Any

WIDTH = 30
SECONDS_BETWEEN = 0.1


class ProgressBar:
    """Draws to a terminal, over itself; into a file or a pipe it draws nothing."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.is_shown = stream.isatty()
        self._drawn_at, self._drawn = 0.0, ("", False)

    def tell(self, step: str, done: int, total: int) -> None:
        """Say how much of a step is done; a total of 0 is unknown. Draws ten times a second, and the end of a step."""
        drawn = (step, 0 < total <= done)
        is_soon = self._drawn == drawn and time.monotonic() - self._drawn_at < SECONDS_BETWEEN
        if not self.is_shown or is_soon:
            return
        self._drawn_at, self._drawn = time.monotonic(), drawn
        filled = WIDTH * min(done, total) // total if total else 0
        bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {100 * min(done, total) // total:3d} %" if total else f"{done}"
        self.stream.write(f"\r\x1b[K{step} {bar}")
        self.stream.flush()

    def clear(self) -> None:
        """Take the bar away, so that what follows stands at the beginning of a line."""
        if self.is_shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
