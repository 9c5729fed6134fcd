"""What subcommands of package managers do, in a word each; and how paths name variables.

They stand apart from the types beside them: a `RUN` that starts no manager asks for no more.
"""

from __future__ import annotations

from dlint.text.patterns import regex

VARIABLE = regex(r"\$(\w+)")
INSTALL, REFRESH, REMOVE, CLEAN, BUILD = "install", "refresh", "remove", "clean", "build"
# What has apt keep no archives, by its name in /etc/apt/apt.conf.d of Debian's and Ubuntu's images.
DOCKER_CLEAN = "docker-clean"
