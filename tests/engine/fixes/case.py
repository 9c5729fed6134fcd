"""How a Dockerfile that dlint fixes is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from harness.project import prose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.project import Change


class Case(NamedTuple):
    """A Dockerfile with its context, and the rules whose fixes are applied to it: each must mend
    something.

    `edit` is the change of the source before the second push, if there is one; `build` has the
    options of the builds, `served` what the web server has. `history` makes the context a git
    repository, with these changes in its commits.
    `needs` is the project's.
    """

    name: str
    rules: tuple[str, ...]
    dockerfile: str
    files: Mapping[str, Change]
    edit: Mapping[str, Change]
    unsafe: bool
    builders: tuple[str, ...]
    build: tuple[tuple[str, ...], tuple[str, ...]]
    served: Mapping[str, tuple[bytes, int]]
    history: tuple[Mapping[str, Change], ...] | None
    needs: tuple[str, ...]


APP: Mapping[str, Change] = {"app.py": "print(1)\n", "shop/web.py": prose("web", 40_000)}
EDIT: Mapping[str, Change] = {"app.py": "print(2)\n"}
PYTHON: Mapping[str, Change] = {**APP, "requirements.txt": "flask==3.0.3\nsix==1.16.0\n"}
NODE: Mapping[str, Change] = {
    "app.py": "print(1)\n",
    "src/index.js": prose("index", 20_000),
    "package.json": '{"name": "shop",\n"dependencies": {"left-pad": "^1.3.0"},\n'
    '"devDependencies": {"jest": "^29.7.0"}}\n',
    "package-lock.json": '{"name": "shop", "lockfileVersion": 3, "packages": {\n'
    '"": {"dependencies": {"left-pad": "^1.3.0"}, "devDependencies": {"jest": "^29.7.0"}},\n'
    '"node_modules/left-pad": {"version": "1.3.0"},\n"node_modules/jest": {"version": "29.7.0", "dev": true}}}\n',
}


def once(*columns: Any, **more: Any) -> Case:
    """Write a case down that is pushed once: where its fix does nothing to a second push that
    another case shows.
    """
    return case(*columns, edit={}, **more)


def case(  # noqa: PLR0913 - the columns of a table
    name: str,
    rule: str,
    dockerfile: str,
    files: Mapping[str, Change] = APP,
    *,
    edit: Mapping[str, Change] = EDIT,
    unsafe: bool = False,
    builders: str = "buildkit",
    build: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    served: Mapping[str, tuple[bytes, int]] | None = None,
    history: tuple[Mapping[str, Change], ...] | None = None,
    needs: tuple[str, ...] = (),
) -> Case:
    """Write a case down."""
    return Case(
        name,
        tuple(rule.split()),
        dockerfile,
        {"app.py": "print(1)\n", ".dockerignore": "Dockerfile\n", **files},
        edit,
        unsafe,
        tuple(builders.split()),
        build,
        served or {},
        history,
        needs,
    )
