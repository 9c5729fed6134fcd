"""cargo: Rust's crates."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import BUILD, CLEAN, REMOVE
from dlint.shell.packages import FULL_VERSION, Spec, split

_FILES = ("**/Cargo.toml", "Cargo.lock", ".cargo/**", "rust-toolchain", "rust-toolchain.toml")

_CACHE = Cache(
    "cache",
    ("/usr/local/cargo/registry", "$HOME/.cargo/registry"),
    named=("$CARGO_HOME/registry",),
)


def _package(text: str) -> Spec:
    return split(text, "@", exact=FULL_VERSION)


manager = Manager(
    name="cargo",
    commands=("cargo", "xx-cargo"),
    verbs=(
        *installs(
            "install|auditable install|binstall",
            packages=True,
            everywhere=True,
            without=words("--path --list"),
        ),
        *verbs(
            BUILD,
            "install|auditable install",
            files=_FILES,
            locked=False,
            project=".",
            needs=words("--path"),
        ),
        *installs("fetch|vendor", files=_FILES, locked=False),
        *installs("chef cook", files=("recipe.json", "Cargo.lock"), locked=None),
        *verbs(
            BUILD,
            "build|b|test|t|check|c|run|r|bench|doc|rustc|clippy|auditable build|zigbuild|leptos"
            " build",
            files=_FILES,
            locked=False,
            project=".",
        ),
        *verbs(REMOVE, "uninstall", packages=True),
        *verbs(CLEAN, "cache", needs=words("-a --autoclean -e -r --remove-dir")),
    ),
    grammar=_package,
    values=words(
        "-j --jobs -p --package --bin --example --test --features -F --target --target-dir"
        " --profile --manifest-path --git --branch --tag --rev --version --vers --root --registry"
        " --index --color --config -Z -C --recipe-path --path",
    ),
    reads=("--recipe-path",),
    directories=("-C", "--path"),
    project_files=("--manifest-path",),
    version_flags=("--version", "--vers"),
    offline=words("--offline --frozen"),
    lock_files=("Cargo.lock",),
    held_by="--locked",
    keeps_to_lock=True,
    locked=words("--locked --frozen"),
    leads_to=("**/build.rs",),
    caches=(_CACHE,),
    stores=("cargo/registry",),
    ahead="cargo chef",
    library_users="cargo",
    pinnable=True,
    compiles=True,
)
