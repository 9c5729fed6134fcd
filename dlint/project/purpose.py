"""What the place of a Dockerfile in its repository says of what it is for."""

from __future__ import annotations

from dlint.text.patterns import regex

# Folders of what tests a program, or of what people and CI work in with it. `fixtures` is not one
# by itself: where it holds what tests need, it mostly stands below one of these.
_FOLDERS = frozenset(
    (
        *("test", "tests", "testing", "testdata", "__tests__", "e2e", "integrationtest"),
        *("integrationtests", "integration-test", "integration-tests", "smoketest", "smoke-test"),
        *(".devcontainer", "devcontainer"),
    )
)
# Words of a file's name: `Dockerfile.test`, `e2e.Dockerfile`, `Dockerfile-integration-tests`.
_WORDS = regex(r"(?i)(?:^|[._-])(?:e2e|tests?|unittests?|integration|devcontainer)(?=[._-]|$)")

_DEVELOPING = frozenset(("dev", "development", ".devcontainer", "devcontainer"))
_DEVELOPING_WORDS = regex(r"(?:^|[._-])(?:dev|develop|development|devcontainer)(?=[._-]|$)")


def is_for_tests(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, is one of tests, or of a container
    that people develop in: what it builds is hardly pushed for others.
    """
    *folders, name = path.lower().split("/")
    return not _FOLDERS.isdisjoint(folders) or _WORDS.search(name) is not None


def is_for_development(path: str) -> bool:
    """Tell whether a Dockerfile, by its path in the repository, makes an image that people develop
    in: they start there what no file tells.
    """
    *folders, name = path.lower().split("/")
    return not _DEVELOPING.isdisjoint(folders) or _DEVELOPING_WORDS.search(name) is not None
