"""cabal: Haskell's packages."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import ALWAYS, Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import BUILD, REFRESH
from dlint.shell.packages import Spec, is_path


def _package(text: str) -> Spec:
    if is_path(text):
        return Spec(text, kind="path")
    match = re.match(r"(.+?)-(\d+(?:\.\d+)*)\Z", text)
    return Spec(match[1], match[2], exact=True) if match else Spec(text)


manager = Manager(
    name="cabal",
    commands=("cabal",),
    verbs=(
        *installs(
            "install|v2-install|new-install",
            packages=True,
            project="operands",
            files=("*.cabal", "cabal.project*"),
        ),
        *installs(
            "build|v2-build|new-build",
            files=("**/*.cabal", "cabal.project*"),
            needs=words("--only-dependencies --dependencies-only"),
        ),
        *verbs(
            BUILD,
            "build|v2-build|new-build|run|test",
            files=("**/*.cabal", "cabal.project*"),
            project=".",
        ),
        *verbs(REFRESH, "update|v2-update"),
    ),
    grammar=_package,
    values=words("--installdir --install-method --ghc-options --project-file --constraint"),
    no_project=words("--only-dependencies --dependencies-only"),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cabal/packages", "$HOME/.cache/cabal/packages"),
            named=("$CABAL_DIR/packages",),
            filled=ALWAYS,
        ),
    ),
    library_users="cabal",
    compiles=True,
    fetch="cabal build --only-dependencies",
)
