"""gem: Ruby's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import Manager, installs, verbs, words
from dlint.shell.managers.ruby_family import GEM_CACHE, ruby
from dlint.shell.managers.words import REMOVE

manager = Manager(
    name="gem",
    commands=("gem", "fluent-gem", "td-agent-gem"),
    verbs=(
        *installs("install|i|update", packages=True, everywhere=True),
        *verbs(REMOVE, "uninstall", packages=True),
    ),
    versioned=words("gem"),
    grammar=ruby,
    values=words(
        "-v --version -i --install-dir -n --bindir --source -s -P --trust-policy -g --file"
        " --platform -p --http-proxy --without --system",
    ),
    reads=("-g", "--file"),
    version_flags=("-v", "--version"),
    quiet=True,
    caches=(GEM_CACHE,),
    outside=True,
    pinnable=True,
    for_interpreter=True,
)
