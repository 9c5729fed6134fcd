"""What ends a run without an answer: exit code 2."""


class DlintError(Exception):
    """A run cannot tell; `message` says what is wrong and where, `hint` what to do about it.

    Every failure that a user can mend is raised as this; anything else that reaches `main` is a bug and
    is reported as one, also with exit code 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
