"""Announcements…"""

import inspect

from django.dispatch import Signal

from authhub import signals


def test_are_plain_signals_each_with_its_arguments_written_down() -> None:
    found = {name for name, value in vars(signals).items() if isinstance(value, Signal)}
    source = inspect.getsource(signals)

    assert found >= {"access_changed", "deliveries_waiting", "signing_keys_changed"}
    for name in found:
        assert "Arguments:" in source.split(f"{name} = Signal()")[1].split("= Signal()")[0]
