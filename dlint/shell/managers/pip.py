"""pip: Python's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import (
    XDG_CACHE,
    Cache,
    Flag,
    Manager,
    Packaged,
    installs,
    verbs,
    words,
)
from dlint.shell.managers.python_family import (
    CONSTRAINT_VARIABLES,
    CONSTRAINTS,
    EDITABLE,
    WHEELS,
    python,
    revision,
)
from dlint.shell.managers.words import CLEAN, REMOVE
from dlint.text.patterns import regex

VALUES = words(
    "-r -c -e -t -d -w -f -i --requirement --constraint --editable --target --dest --wheel-dir"
    " --find-links --index-url --extra-index-url --trusted-host --cache-dir --python-version"
    " --platform --implementation --abi --prefix --root --src --proxy --retries --timeout"
    " --default-timeout --exists-action --cert --client-cert --log --progress-bar"
    " --global-option --install-option --config-settings -C --build-option --no-binary"
    " --only-binary --upgrade-strategy --report --python --use-feature --use-deprecated"
    " --root-user-action --build -b --group",
)

manager = Manager(
    name="pip",
    commands=("pip", "pip2", "pip3"),
    verbs=(
        *installs("install|wheel|download", packages=True, project="operands"),
        *verbs(REMOVE, "uninstall", packages=True),
        *verbs(CLEAN, "cache purge|cache remove"),
    ),
    language="python",
    versioned=words("pip"),
    grammar=python,
    values=VALUES,
    dry=words("--dry-run"),
    editable=EDITABLE,
    reads=("-r", "--requirement", "-c", "--constraint"),
    groups_in="pyproject.toml",  # PEP 735
    quiet=True,
    settings={
        "global.no-cache-dir": "PIP_NO_CACHE_DIR",
        "install.no-cache-dir": "PIP_NO_CACHE_DIR",
        "global.cache-dir": "PIP_CACHE_DIR",
    },
    locked=words("--require-hashes"),
    locked_variables=("PIP_REQUIRE_HASHES",),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pip",),
            named=("$PIP_CACHE_DIR", f"{XDG_CACHE}/pip"),
            flags=("--cache-dir",),
            core=("http", "http-v2", "wheels"),
            off=words(
                "--no-cache-dir --no-cache --no-index"
            ),  # pip completes a flag that is unique
            off_variables=("PIP_NO_CACHE_DIR",),
            off_whatever=words("PIP_NO_CACHE_DIR"),
        ),
    ),
    stores=("site-packages", "venv"),
    no_cache=Flag(
        "--no-cache-dir", words("install wheel download"), since="6.0", shortest="--no-c"
    ),
    at_hand=WHEELS,
    own_home=True,  # `check_path_owner` of pip's `utils/filesystem.py`
    # The distributions' own is older than pip 6: it keeps nothing, and `--no-cache-dir` is an error
    # to it.
    packaged=Packaged(
        words("python-pip python3-pip"),
        {"debian": (9,), "ubuntu": (14, 10)},
        regex(r"get-pip|easy_install[\d.-]*\s.{0,200}\bpip\b"),
    ),
    off_setting=regex(r"(?<!-)no-cache-dir\s*=\s*(?!false|no|0)"),
    outside=True,
    configured_by=("pip.conf",),
    pinnable=True,
    for_interpreter=True,
    constraints=CONSTRAINTS,
    constraint_variables=CONSTRAINT_VARIABLES,
    revision=revision,
)
