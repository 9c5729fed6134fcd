"""maven: libraries and builds of the JVM."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, Verb, installs, verbs, words
from dlint.shell.managers.words import BUILD, CLEAN
from dlint.shell.wrappers import SHELLS
from dlint.text.patterns import regex

# What a profile adds is resolved only with it; `-pl` chooses projects, `-am` what those need
# (https://maven.apache.org/ref/3.9.9/maven-embedder/cli.html).
_FETCH_FLAGS = regex(
    r"-P|-Dmaven\.repo\.local=|(?:-amd?|-f|-gs|-pl|-s|--activate-profiles|--file"
    r"|--also-make(?:-dependents)?|--global-settings|--projects|--settings)(?:=|\Z)"
)
_FILES = ("**/pom.xml", "mvnw", ".mvn/**")

manager = Manager(
    name="maven",
    commands=("mvn", "mvnw", "mvnd"),
    verbs=(
        *installs("go-offline|resolve|resolve-plugins|resolve-dependencies", files=_FILES),
        *installs("install-file|deploy-file"),  # of a file, whatever project it runs in
        *verbs(CLEAN, "purge-local-repository"),
        Verb("", BUILD, files=_FILES, project="."),
    ),
    launchers=dict.fromkeys(SHELLS, words("mvnw")),
    values=words(
        "-f --file -s --settings -gs --global-settings -P --activate-profiles -pl --projects -rf"
        " --resume-from -T --threads -l --log-file -t --toolchains",
    ),
    clusters=False,
    reads=("-s", "--settings"),
    project_files=("-f", "--file"),
    offline=words("-o --offline"),
    goals=True,
    harmless=words("clean wrapper help"),
    caches=(Cache("cache", ("$HOME/.m2/repository",), flags=("-Dmaven.repo.local",)),),
    stores=(".m2", ".m2/repository"),
    library_users="mvn[wd]?",
    starts_images=True,
    compiles=True,
    fetch="mvn dependency:go-offline",
    fetch_flags=_FETCH_FLAGS,
)
