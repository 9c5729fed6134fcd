"""conda, mamba and micromamba: packages of any language in environments."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import Cache, Manager, Runner, installs, verbs, words
from dlint.shell.managers.words import CLEAN, REMOVE
from dlint.shell.packages import Spec


def _package(text: str) -> Spec:
    name, operator, version = re.match(r"([^=<>!~\s]*)\s*([=<>!~]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    number, _, build = version.strip().partition("=")
    whole = operator in {"=", "=="} and "*" not in number and not re.search(r"[,|<>]", number)
    exact = whole and (operator == "==" or bool(build) or number.count(".") > 1)
    return Spec(name.rpartition("::")[2], operator + version, exact)


_INSTALLING = "install|create|update|upgrade"
_DOWNLOADS = words("--download-only")

manager = Manager(
    name="conda",
    commands=(
        "conda",
        "mamba",
        "micromamba",
        # RAPIDS' own, which call conda or mamba until it succeeds
        "gpuci_conda_retry",
        "gpuci_mamba_retry",
        "rapids-conda-retry",
        "rapids-mamba-retry",
    ),
    verbs=(
        # where it only downloads, what it keeps is what is wanted
        *installs(_INSTALLING, packages=True, without=_DOWNLOADS),
        *installs(_INSTALLING, packages=True, needs=_DOWNLOADS, cached=False),
        *installs(
            "env create|env update", files=("environment.yml", "environment.yaml"), bare=True
        ),
        *verbs(REMOVE, "remove|uninstall|env remove", packages=True),
        *verbs(CLEAN, "clean", needs=words("-a --all -p --packages -t --tarballs")),
    ),
    runner=Runner("run", words("-n -p --name --prefix --cwd")),
    grammar=_package,
    dry=words("-d --dry-run"),
    values=words(
        "-n -p -c --name --prefix --channel --file -f --subdir --platform --solver -r --root-prefix"
    ),
    reads=("--file", "-f"),
    quiet=True,
    caches=(
        Cache(
            "cache",
            ("/opt/conda/pkgs", "$HOME/miniconda3/pkgs", "$HOME/.conda/pkgs"),
            named=(
                "$CONDA_PKGS_DIRS",
                "$MAMBA_ROOT_PREFIX/pkgs",
                "$CONDA_DIR/pkgs",
                "$CONDA_PREFIX/pkgs",
            ),
            beside="pkgs",
        ),
    ),
    cleanup="{} clean --all --yes",
    configured_by=(".condarc",),
    pinnable=True,
)
