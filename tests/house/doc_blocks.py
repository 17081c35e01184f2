"""
Runs the code of a documentation page: a page is one shell session in an empty directory, from top to bottom.

The word after a fence's language says what happens to the block; a `console`, `python` or `html` block without one is
a mistake, so that nobody has to guess what is tested:

``console run``       each line after ``$`` is run; the lines below it must appear in its output, in order.
                      A line of three dots stands for any lines, three dots within a line for any text.
``python run``        is run in the project, as by ``python manage.py shell``
``python file=PATH``  makes that file, with this content
``python append=PATH``  puts the content at the end of that file
``... not-run``       is for reading only

``:8000`` becomes a port that is free. `pip install` does nothing: the environment of the tests has everything.
`python3 -m authhub_site` makes no environment, and keeps its database in the page's directory. A command that ends in
``&`` is stopped at the end of the page.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from tests.house.checkout import ROOT, variables

LANGUAGES = {"bash", "console", "html", "javascript", "python", "sh"}
DOTS = "..."
PRELUDE = f"""
set -e
pip() {{ :; }}
python3() {{
    if [ "$1 $2" = "-m authhub_site" ]; then shift 2; authhub_site "$@"; else python "$@"; fi
}}
authhub_site() (
    export AUTHHUB_DATABASE="${{AUTHHUB_DATABASE:-$PWD/demo.sqlite3}}" AUTHHUB_ISSUER=http://127.0.0.1:8000/
    export TIMESHEETS_HOME="$PWD/timesheets"
    cd {shlex.quote(str(ROOT))}
    if [ "$1" = timesheets ]; then shift; exec python -m authhub_site.native_client "$@"; fi
    port=${{AUTHHUB_ISSUER##*:}}
    if [ $# -eq 0 ]; then set -- serve_exampleco "${{port%/}}"; fi
    exec python manage.py "$@"
)
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word that says what happens to it, its first line's number, its text."""

    language: str
    purpose: str
    line: int
    text: str

    @property
    def is_run(self) -> bool:
        """Whether the block takes part in the page's session."""
        return bool(self.purpose) and self.purpose != "not-run"


@dataclass(frozen=True)
class Step:
    """One command of the session and the output that the page promises."""

    line: int
    command: str
    expected: tuple[str, ...] = ()


def blocks(page: str) -> list[Block]:
    """Return the page's code blocks in order; indented ones, as in a list, are found too."""
    found = []
    for token in MarkdownIt().parse(page):
        if token.type == "fence":
            language, _, purpose = token.info.strip().partition(" ")
            found.append(Block(language, purpose.strip(), (token.map or [0])[0] + 1, token.content))
    return found


def unmarked(page: str) -> list[int]:
    """Return the lines of the blocks that say neither how they are run nor that they are not."""
    words = re.compile(r"run|not-run|(file|append)=\S+")
    return [block.line for block in blocks(page) if block.language in LANGUAGES and not words.fullmatch(block.purpose)]


def steps(page: str) -> list[Step]:
    """Return the commands of the page's session."""
    return [step for block in blocks(page) if block.is_run for step in _steps_of(block)]


def _steps_of(block: Block) -> list[Step]:
    verb, _, path = block.purpose.partition("=")
    if verb in ("file", "append"):
        arrow = ">" if verb == "file" else ">>"
        place = shlex.quote(path)
        write = f"mkdir -p $(dirname {place}); cat {arrow} {place}"
        return [Step(block.line, f"{write} <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")]
    if block.language == "python":
        return [Step(block.line, f"python manage.py shell --verbosity 0 --command {shlex.quote(block.text)}")]
    return _console_steps(block)


def _console_steps(block: Block) -> list[Step]:
    found: list[Step] = []
    for offset, line in enumerate(block.text.splitlines(), start=1):
        if line.startswith("$ "):
            found.append(Step(block.line + offset, line[2:]))
        elif line.startswith("> ") and not found[-1].expected:
            found[-1] = Step(found[-1].line, f"{found[-1].command}\n{line[2:]}")
        elif line.strip():
            found[-1] = Step(found[-1].line, found[-1].command, (*found[-1].expected, line))
    return found


def run_page(page: str, directory: Path) -> None:
    """Run the page's session in `directory`; an error, or an output other than promised, names the page's line."""
    session = steps(page)
    mark = f"--- {os.urandom(8).hex()} "
    script = PRELUDE + "\n".join(f"echo; echo '{mark}{number}'\n{step.command}" for number, step in enumerate(session))
    port = _free_port()
    output, status = _shell(script.replace(":8000", f":{port}"), directory)
    output = output.replace(f":{port}", ":8000")
    outputs = [part.partition("\n")[2] for part in output.split(mark)[1:]]
    reached = session[len(outputs) - 1].line if outputs else 0
    assert status == 0, f"line {reached} failed with status {status}:\n{output}"
    for step, text in zip(session, outputs, strict=True):
        assert promised(step.expected, text), f"line {step.line} promises other output than:\n{text}"


def promised(expected: tuple[str, ...], output: str) -> bool:
    """Return whether the promised lines appear in the output, in order, three dots standing for anything."""
    parts = []
    for line in expected:
        pattern = ".*" if line.strip() == DOTS else "[^\n]*".join(map(re.escape, line.strip().split(DOTS)))
        parts.append(pattern)
    text = "\n".join(line.strip() for line in output.splitlines())
    return re.search("\n?".join(parts), text, flags=re.DOTALL) is not None


def _shell(script: str, directory: Path) -> tuple[str, int]:
    """Run a script in a session of its own and end whatever it left running."""
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as output:
        shell = subprocess.Popen(
            ["bash", "-c", script],
            cwd=directory,
            env=variables(own),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = shell.wait(timeout=300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGTERM)
        output.seek(0)
        return output.read(), status


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
