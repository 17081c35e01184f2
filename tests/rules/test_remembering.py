"""What is remembered for a moment…"""

from authhub.rules.remembering import Remembered


def test_is_read_again_when_it_changed_while_it_was_read() -> None:
    stored = ["old"]

    def load() -> str:
        loaded = stored[0]
        if loaded == "old":
            stored[0] = "new"
            remembered.forget()
        return loaded

    remembered = Remembered(load)

    assert [remembered(), remembered(), remembered()] == ["old", "new", "new"]
