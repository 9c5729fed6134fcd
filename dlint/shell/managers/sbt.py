"""sbt: Scala's libraries and builds."""

from __future__ import annotations

from dlint.shell.managers.manager import XDG_CACHE, Cache, Manager, Verb, installs, words
from dlint.shell.managers.words import BUILD

manager = Manager(
    name="sbt",
    commands=("sbt",),
    verbs=(
        *installs("update", files=("**/build.sbt", "project/*")),
        Verb("", BUILD, files=("**/build.sbt", "project/*"), project="."),
    ),
    clusters=False,
    goals=True,
    harmless=words("clean about sbtVersion exit help version"),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/coursier", "$HOME/.ivy2"),
            named=("$COURSIER_CACHE", f"{XDG_CACHE}/coursier"),
            flags=("-Dsbt.coursier.home", "-Dsbt.ivy.home"),
        ),
    ),
    library_users="sbt",
    starts_images=True,
    compiles=True,
    fetch="sbt update",
)
