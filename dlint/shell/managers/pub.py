"""pub: packages of Dart and Flutter.

Programs read their packages from its cache, of which nothing can go: none is named here.
"""

from __future__ import annotations

from dlint.shell.managers.manager import Manager, installs, words

manager = Manager(
    name="pub",
    commands=("dart", "flutter", "pub"),
    verbs=installs(
        "pub get|pub upgrade|packages get|get", files=("pubspec.yaml", "pubspec.lock"), locked=False
    ),
    lock_files=("pubspec.lock",),
    locked=words("--enforce-lockfile"),
)
