"""What ends a run without an answer: exit code 2."""

from __future__ import annotations


class DlintError(Exception):
    """A run cannot tell; `message` says what is wrong and where, `hint` what to do about it.

    Every failure that a user can mend is raised as this; anything else that reaches `main` is a bug
    and is reported as one, also with exit code 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UnreadableError(DlintError):
    """One file cannot be read, or may not be; the others can be checked all the same."""

    def __init__(self, path: str, reason: str, hint: str = "") -> None:
        super().__init__(f"{path}: {reason}", hint)
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[str, str, str]]:
        """Come whole out of another process."""
        return type(self), (self.path, self.reason, self.hint)
