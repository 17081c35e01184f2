"""What the Extension's view refuses, in the Extension's own words (B.1)."""

from collections.abc import Iterable, Sequence

from authhub.rbac.refusals import AdministrationError


class ExtensionError(AdministrationError):
    """A change that the Extension refuses; its text is the API's ``message``."""


class NameTakenError(ExtensionError):
    """There is one of that name, in any case, for this application."""

    def __init__(self, noun: str, name: str, where: str) -> None:
        super().__init__(f'{noun} with name "{name}" already exists{where}')


class InUseError(ExtensionError):
    """Something refers to it."""

    def __init__(self, nouns: str, where: str, names: Iterable[str]) -> None:
        super().__init__(f"Unable to touch {nouns} while used in {where}: {', '.join(sorted(names))}")


class UnknownError(ExtensionError):
    """Ids or names that lead nowhere."""

    def __init__(self, nouns: str, unknown: Sequence[str]) -> None:
        named = ", ".join(each[:100] for each in unknown[:50])
        super().__init__(f"The following {nouns} do not exist: {named}")
        self.unknown = tuple(unknown)


class OtherApplicationError(ExtensionError):
    """A role of one application, and something of another."""


class InvalidDocumentError(ExtensionError):
    """A document that cannot be imported: everything that is wrong, as a place and a sentence each."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{where}: {what}" if where else what for where, what in self.errors[:20]))


class LockOutError(ExtensionError):
    """The change would leave nobody who may administer access."""

    def __init__(self) -> None:
        super().__init__("This would take away the last administrator's way in")
