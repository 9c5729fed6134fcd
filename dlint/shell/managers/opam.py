"""opam: OCaml's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, Runner, installs, verbs, words
from dlint.shell.managers.words import CLEAN, REFRESH, REMOVE
from dlint.shell.packages import Spec, is_path, split


def _package(text: str) -> Spec:
    if is_path(text) or text.endswith(".opam"):
        return Spec(text, kind="path")
    return split(text, ".")


manager = Manager(
    name="opam",
    commands=("opam",),
    verbs=(
        *installs(
            "install", packages=True, project="operands", files=("*.opam", "opam/*", "dune-project")
        ),
        *verbs(REFRESH, "update"),
        *verbs(REMOVE, "remove|uninstall", packages=True),
        *verbs(CLEAN, "clean"),
    ),
    runner=Runner("exec", words("--switch --root")),
    grammar=_package,
    values=words("-j --jobs --switch --root --repos --solver"),
    no_project=words("--deps-only"),
    locked=words("--locked"),
    caches=(Cache("cache", ("$HOME/.opam/download-cache",), named=("$OPAMROOT/download-cache",)),),
    library_users="opam|dune|ocaml",
)
