"""gradle: libraries and builds of the JVM."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, Verb, installs, words
from dlint.shell.managers.words import BUILD
from dlint.shell.wrappers import SHELLS

_FILES = (
    *(
        "**/build.gradle",
        "**/build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
        "gradle.properties",
    ),
    *("gradlew", "gradle/**", "buildSrc/**", "**/gradle.lockfile"),
)

# No task fetches a project's libraries before its source is there: `dependencies` fetches what they
# depend on (`.pom`), and without source nothing is compiled, so that no `.jar` is asked for
# (measured with Gradle 4.4.1).
manager = Manager(
    name="gradle",
    commands=("gradle", "gradlew"),
    verbs=(
        *installs(
            "dependencies|resolveDependencies|downloadDependencies|resolveAllDependencies",
            files=_FILES,
        ),
        Verb("", BUILD, files=_FILES, project="."),
    ),
    launchers=dict.fromkeys(SHELLS, words("gradlew")),
    values=words(
        "-p --project-dir -g --gradle-user-home -b --build-file -c --settings-file -x"
        " --exclude-task -I --init-script --console --max-workers",
    ),
    clusters=False,
    directories=("-p", "--project-dir"),
    project_files=("-b", "--build-file"),
    offline=words("--offline"),
    goals=True,
    harmless=words("clean wrapper help tasks init projects properties"),
    lock_files=("gradle.lockfile",),
    caches=(
        Cache(
            "cache",
            ("$HOME/.gradle",),
            named=("$GRADLE_USER_HOME",),
            flags=("-g", "--gradle-user-home"),
            core=("caches",),
        ),
    ),
    stores=(".gradle", ".gradle/caches"),
    library_users="gradlew?",
    starts_images=True,
    compiles=True,
)
