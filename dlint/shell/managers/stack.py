"""stack: Haskell's packages, in sets that fit together."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import BUILD

manager = Manager(
    name="stack",
    commands=("stack",),
    verbs=(
        *installs(
            "build",
            files=("stack.yaml", "stack.yaml.lock", "**/*.cabal", "**/package.yaml"),
            needs=words("--only-dependencies --dependencies-only --only-snapshot"),
        ),
        *verbs(
            BUILD,
            "build|install|test|exec",
            files=("stack.yaml", "stack.yaml.lock", "**/*.cabal", "**/package.yaml"),
            project=".",
        ),
        *installs("setup|update", files=("stack.yaml",)),
    ),
    values=words("--resolver --stack-yaml --local-bin-path --flag --ghc-options"),
    lock_files=("stack.yaml.lock",),
    caches=(Cache("cache", ("$HOME/.stack",), named=("$STACK_ROOT",)),),
    library_users="stack",
    compiles=True,
    fetch="stack build --only-dependencies",
)
