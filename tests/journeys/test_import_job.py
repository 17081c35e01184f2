"""The import job (M-22)..."""

import json
import re
from pathlib import Path

from tests.journeys.demo import Demo

ENTRY = {"user_id": "007", "date": "2017-05-10T17:40:20.095Z", "project": "StoreZero", "hours": 5}


def write(directory: Path, entries: object) -> str:
    path = directory / "entries.json"
    path.write_text(json.dumps(entries))
    return str(path)


def test_uploads_and_says_what_it_created(demo: Demo, tmp_path: Path) -> None:
    done = demo.manage("import_timesheets", write(tmp_path, [ENTRY, {**ENTRY, "user_id": "008"}]))

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"Created timesheet \d+ for employee 007\nCreated timesheet \d+ for employee 008\n", done.stdout
    )


def test_keeps_its_token_for_the_next_night(demo: Demo, tmp_path: Path) -> None:
    def kept() -> dict[Path, str]:
        directory = Path(demo.variables["AUTHHUB_DATABASE"] + ".tokens")
        return {path: path.read_text() for path in directory.iterdir()}

    demo.manage("import_timesheets", write(tmp_path, [ENTRY]))
    first = kept()
    demo.manage("import_timesheets", write(tmp_path, [ENTRY]))

    assert len(first) == 1
    assert kept() == first


def test_stops_at_an_entry_that_is_refused(demo: Demo, tmp_path: Path) -> None:
    done = demo.manage("import_timesheets", write(tmp_path, [ENTRY, {**ENTRY, "hours": -1}, ENTRY]))

    assert done.returncode == 1
    assert done.stdout.count("Created timesheet") == 1
    assert "entry 2 was not uploaded: the API answered 400" in done.stderr
    assert "Traceback" not in done.stderr


def test_says_that_its_secret_is_wrong(demo: Demo, tmp_path: Path) -> None:
    wrong = Demo(demo.base_url, demo.data, {**demo.variables, "EXAMPLECO_CLIENT_SECRET": "wrong"})
    Path(demo.variables["AUTHHUB_DATABASE"] + ".tokens").rename(tmp_path / "tokens-of-before")

    done = wrong.manage("import_timesheets", write(tmp_path, [ENTRY]))

    assert done.returncode == 1
    assert "invalid_client" in done.stderr
    assert "Traceback" not in done.stderr
