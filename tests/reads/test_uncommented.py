"""What is left of code without its comments."""

from __future__ import annotations

import pytest

from dlint.reads.uncommented import without_comments


@pytest.mark.parametrize(
    ("path", "text", "left"),
    [
        ("a.py", "'''One.'''\nX = '''two'''  # three\n", "\nX = '''two'''  \n"),
        (
            "a.py",
            'def f():\n    """A.\n\n    B.\n    """\n    return "C"\n',
            'def f():\n    \n    return "C"\n',
        ),
        ("a.py", "X = [\n    'one',\n    # two\n]\n", "X = [\n    'one',\n    \n]\n"),
        ("a.py", "# one\nX = (\n", "\nX = (\n"),  # ends too early
        ("a.py", "", ""),
        ("a.js", "/* one\n */ x('src/**/*.js')\n// two\ny()\n", " x('src/**/*.js')\n\ny()\n"),
        ("a.rb", "# one\n/*x*/\n", "\n/*x*/\n"),
        ("a.php", "/* one", ""),
    ],
)
def test_comments(path: str, text: str, left: str) -> None:
    assert without_comments(path, text) == left
