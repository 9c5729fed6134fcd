"""lein: Clojure's libraries and builds."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, Verb, installs, words
from dlint.shell.managers.words import BUILD

manager = Manager(
    name="lein",
    commands=("lein",),
    verbs=(
        *installs("deps", files=("project.clj", "profiles.clj")),
        Verb("", BUILD, files=("project.clj", "profiles.clj"), project="."),
    ),
    clusters=False,
    offline=words("-o"),
    goals=True,
    harmless=words("clean help new version"),
    caches=(Cache("cache", ("$HOME/.m2/repository",)),),
    library_users="lein",
    starts_images=True,
    fetch="lein deps",
)
