"""The programs of the documentation, which the tests run as they stand there."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from tests.house.doc_blocks import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-your-client-library.md"


def program(name: str) -> str:
    """Return the text of the file that the page calls `name`."""
    [text] = [block.text for block in blocks(PAGE.read_text()) if block.purpose == f"file={name}"]
    return text


def python_module(name: str, directory: Path) -> ModuleType:
    """Write a program of the page to `directory` and import it, anew each time."""
    path = directory / name
    path.write_text(program(name))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules.pop(path.stem, None)
    specification.loader.exec_module(module)
    return module
