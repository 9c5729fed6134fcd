"""cpanm and its kin: Perl's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, Verb, installs, words
from dlint.shell.managers.words import INSTALL
from dlint.shell.packages import Spec, is_path, split


def _package(text: str) -> Spec:
    if is_path(text) or text.endswith(".tar.gz"):
        return Spec(text, kind="path")
    return split(text, "@")


manager = Manager(
    name="cpan",
    commands=("cpanm", "cpan", "cpm", "carton"),
    verbs=(
        *installs("install", packages=True, files=("cpanfile", "cpanfile.snapshot"), bare=True),
        Verb(
            "",
            INSTALL,
            packages=True,
            files=("cpanfile", "Makefile.PL", "Build.PL"),
            project="operands",
        ),
    ),
    versioned=words("cpan"),
    grammar=_package,
    values=words(
        "-l -L -M --mirror --local-lib --local-lib-contained --from --cpanfile --with-feature -g"
    ),
    reads=("--cpanfile",),
    lock_files=("cpanfile.snapshot",),
    locked=words("--deployment"),
    caches=(Cache("cache", ("$HOME/.cpanm", "$HOME/.cpan"), named=("$PERL_CPANM_HOME",)),),
    pinnable=True,
)
