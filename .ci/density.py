"""Holds how dense the code may be: `python .ci/density.py [--list] [ROOT]`, with radon at hand.

A function's cyclomatic complexity is radon's, which counts `and` and `or`, ternaries,
comprehensions and their conditions as well: at most 15. The branches per line of a rule's file are
that complexity less one, summed over its functions, over the lines of code of their bodies,
docstrings, comments and empty lines aside: at most 0.5. So counted dlint's rules had 0.87 when they
were first measured, on lines of up to 120 columns, and 0.66 on those of 100; of well-kept linters
Fixit 2.2 has 0.19, refurb 2.3 0.27 and pyupgrade 3.22 0.39.

`.ci/density.toml` holds the exceptions, each with its reason, and what still is too dense. A line
of it that is needed no more is an error too. `--list` prints what is too dense as that file has it.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from radon.complexity import cc_visit

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_COMPLEX = 15
MOST_DENSE = 0.5
CODE = ("dlint", "rules")
ALLOWED = ".ci/density.toml"
_NO_CODE = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)


@cache
def complexities(text: str) -> dict[str, int]:
    """Return the complexity of a module's functions and methods by their names."""
    return {each.fullname: each.complexity for each in cc_visit(text) if each.letter in {"F", "M"}}


def branches_per_line(text: str) -> float:
    """Return the branches of a module's functions for each line of code of their bodies."""
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lines = _lines_of_code(text)
    bodies = set[int]()
    for function in functions:
        start = _without_docstring(function)
        bodies |= lines & set(range(start, (function.end_lineno or start) + 1))
    branches = sum(complexity - 1 for complexity in complexities(text).values())
    return branches / len(bodies) if bodies else 0.0


def _without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the line that a function's body begins in."""
    match function.body:
        case [ast.Expr(ast.Constant(str())) as docstring, *_]:
            return (docstring.end_lineno or docstring.lineno) + 1
    return function.body[0].lineno


def _lines_of_code(text: str) -> set[int]:
    lines = set[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def too_dense(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield what is above a limit: whether it is "complex" or "dense", its name and its figure."""
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
            for function, complexity in complexities(text).items():
                if complexity > MOST_COMPLEX:
                    yield "complex", f"{name}::{function}", str(complexity)
            density = branches_per_line(text)
            if folder == "rules" and density > MOST_DENSE:
                yield "dense", name, f"{density:.2f}"


def faults(root: Path) -> Iterator[str]:
    """Yield what is too dense and not allowed, and what is allowed without need."""
    allowed = tomllib.loads((root / ALLOWED).read_text(encoding="utf-8"))
    named = {*allowed["exceptions"], *allowed["still"]["complex"], *allowed["still"]["dense"]}
    found = {name: (kind, figure) for kind, name, figure in too_dense(root)}
    limits = {
        "complex": f"a cyclomatic complexity of at most {MOST_COMPLEX}",
        "dense": f"at most {MOST_DENSE} branches a line",
    }
    for name in sorted(found.keys() - named):
        kind, figure = found[name]
        yield f"{name}: {figure}, should have {limits[kind]}"
    for name in sorted(named - found.keys()):
        yield f"{ALLOWED}: {name} is within the limits, or is gone: take it off the list"


def main(arguments: list[str]) -> int:
    """Print the faults, or with `--list` all that is too dense; 1 where there is a fault."""
    root = Path(next((each for each in arguments if each != "--list"), "."))
    if "--list" in arguments:
        for kind in ("complex", "dense"):
            rows = [
                f'  "{name}", # {figure}' for each, name, figure in too_dense(root) if each == kind
            ]
            print("\n".join([f"{kind} = [", *rows, "]"]))
        return 0
    found = list(faults(root))
    print("\n".join(found or [f"nothing is too dense but what {ALLOWED} names"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
