"""The runner of the documentation's code blocks does what its docstring says."""

import socket
import textwrap
import time

import pytest

from tests.house.doc_blocks import promised, run_page, steps, unmarked


def page(text: str) -> str:
    return textwrap.dedent(text)


def still_answers(port: int) -> None:
    """Connect to a port for ten seconds; raise `ConnectionRefusedError` as soon as nobody listens there.

    The process's number would say less: it stands until the process is reaped, which is not up to us.
    """
    for _ in range(100):
        socket.create_connection(("127.0.0.1", port)).close()
        time.sleep(0.1)


def test_runs_the_commands_of_a_page_in_one_session(tmp_path):
    run_page(
        page(
            """
            ```console run
            $ WORD=hello
            ```
            between
            ```console run
            $ echo $WORD there
            hello there
            ```
            """
        ),
        tmp_path,
    )


def test_runs_the_demo_s_commands_without_making_an_environment(tmp_path):
    run_page(
        page(
            """
            ```console run
            $ python3 -m authhub_site migrate --verbosity 0
            $ ls
            demo.sqlite3...
            $ python3 -m authhub_site shell --verbosity 0 --command "
            > from django.conf import settings
            > print(settings.ISSUER)"
            http://127.0.0.1:...
            ```
            """
        ),
        tmp_path,
    )


def test_makes_and_appends_to_files(tmp_path):
    run_page(
        page(
            """
            1. in a list

               ```python file=one/two.py
               WORD = "$HOME"
               ```

            ```python append=one/two.py
            print(WORD)
            ```

            ```console run
            $ python one/two.py
            $HOME
            ```
            """
        ),
        tmp_path,
    )

    assert (tmp_path / "one" / "two.py").read_text() == 'WORD = "$HOME"\nprint(WORD)\n'


def test_fails_where_a_command_fails(tmp_path):
    with pytest.raises(AssertionError, match="line 4 failed with status 3"):
        run_page("\n```console run\n$ echo before\n$ (exit 3)\n$ touch after\n```\n", tmp_path)

    assert not (tmp_path / "after").exists()


def test_fails_where_the_output_is_another(tmp_path):
    with pytest.raises(AssertionError, match="line 2 promises other output"):
        run_page("```console run\n$ echo one\ntwo\n```\n", tmp_path)


def test_gives_a_page_a_port_and_stops_what_it_started(tmp_path):
    run_page(
        page(
            """
            ```python file=server.py
            import http.server, pathlib
            server = http.server.HTTPServer(("127.0.0.1", int(":8000"[1:])), http.server.SimpleHTTPRequestHandler)
            pathlib.Path("port").write_text(str(server.server_port))
            server.serve_forever()
            ```

            ```console run
            $ python server.py &
            $ while [ ! -s port ]; do sleep 0.1; done
            $ python -c "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').status)"
            ...
            200
            ```
            """
        ),
        tmp_path,
    )

    with pytest.raises(ConnectionRefusedError):
        still_answers(int((tmp_path / "port").read_text()))


def test_does_not_run_what_is_for_reading(tmp_path):
    run_page("```console not-run\n$ touch made\n```\n```json\n{}\n```\n", tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_finds_blocks_that_do_not_say_what_happens_to_them():
    assert unmarked("```python\n```\n\n```console run\n```\n\n```json\n```\n\n```python sometimes\n```\n") == [1, 10]


def test_joins_a_command_of_several_lines():
    [step] = steps("```console run\n$ for i in 1 2; do\n> echo $i\n> done\n1\n2\n```\n")

    assert step.command == "for i in 1 2; do\necho $i\ndone"
    assert step.expected == ("1", "2")


@pytest.mark.parametrize(
    ("expected", "output", "answer"),
    [
        ((), "anything", True),
        (("one", "two"), "zero\none\ntwo\nthree", True),
        (("one", "three"), "one\ntwo\nthree", False),
        (("one", "...", "three"), "one\ntwo\nthree", True),
        (("to... en",), "token", False),
        (("{...}",), '{"access_token": "x"}', True),
        (("a.c",), "abc", False),
    ],
)
def test_compares_the_output_line_by_line_with_dots_for_anything(expected, output, answer):
    assert promised(expected, output) is answer
