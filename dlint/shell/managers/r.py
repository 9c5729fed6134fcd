"""R: its scripts and functions that install packages.

Its installer keeps its downloads in the session's temporary folder: nothing is left.
"""

from __future__ import annotations

from dlint.shell.managers.manager import Code, Manager, installs, words
from dlint.text.patterns import regex

_CODE = regex(
    r"\b(?:install\.packages|pak::pkg_install|BiocManager::install|install_github|remotes::install_\w+|renv::restore)\b"
)

manager = Manager(
    name="r",
    commands=("install2.r", "installGithub.r", "install.r"),
    verbs=installs("", packages=True),
    interpreters=("R", "Rscript"),
    code=Code(
        _CODE, {"renv::restore": ("renv.lock", ".Rprofile", "renv/activate.R", "renv/settings.*")}
    ),
    values=words("-r -n -l --repos --ncpus --libloc -d --deps"),
)
