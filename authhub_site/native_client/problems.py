"""What can go wrong, in sentences for the person at the terminal, each with the exit status that a script sees."""


class NativeClientError(Exception):
    """Something was refused or did not answer; the message never holds a token."""

    status = 1


class NotSignedInError(NativeClientError):
    """There is no sign-in, or it has ended."""

    status = 3


class NotPermittedError(NativeClientError):
    """Who is signed in may not do this."""

    status = 4
