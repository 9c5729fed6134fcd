"""The package managers: one table of what installs, what it reads, where caches lie and what
empties them.

Paths are templates over environment variables (`$HOME` among them). Files are patterns as in
.dockerignore, relative to the project's folder: `*` stays within a folder, `**` goes to any depth.
"""

from __future__ import annotations

from typing import NamedTuple

from dlint.text.patterns import regex

VARIABLE = regex(r"\$(\w+)")
INSTALL, REFRESH, REMOVE, CLEAN, BUILD = "install", "refresh", "remove", "clean", "build"


class Verb(NamedTuple):
    """A subcommand and what it does.

    `words`    the subcommand, several words for `mod download`; "" is the bare command.
    `does`     INSTALL, REFRESH, REMOVE, CLEAN, or BUILD: an install hidden in a build.
    `needs`    it does so only with one of these flags.
    `without`  it does so only without these flags.
    `packages` its operands are packages.
    `files`    project files that it reads: with `bare`, only where it names no package.
    `locked`   it installs what a lock file says (None: no such notion, False: only with a flag of
               the manager).
    `project`  the project's own source is installed or built too; "operands": as the operands say
               (`pip install .`).
    `cached`   what it downloads goes through the manager's caches.
    """

    words: str
    does: str
    packages: bool = False
    files: tuple[str, ...] = ()
    bare: bool = False
    needs: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    locked: bool | None = None
    project: str = ""
    everywhere: bool = False
    upgrade: bool = False
    cleans: tuple[str, ...] = ()
    cached: bool = True


class Cache(NamedTuple):
    """A place that a manager fills and an image doesn't need.

    `kind`     "index" or "cache"; a verb's `cleans` speaks of kinds.
    `named`    templates that name it outright: the first whose variables are all set is the place.
    `defaults` templates otherwise, likeliest first; "root:" marks one that only root uses.
    `flags`    flags of the manager that name it.
    `filled`   what fills it: INSTALL, BUILD, REFRESH.
    `below`    where it is below what those say, likeliest first; `*` is a folder whose name is not
               known.
    `core`     folders below it that hold nearly all of it.
    `dormant`  it stays empty unless the script mentions this word.
    `linked`   its files are hard links of the installed ones.
    `off`      flags that keep it away; `off_variables` do so when set (to "0" or "false" they
               don't, but for pip).
    `on`       flags and variables of which one must be set.
    `holds`    patterns that name its files wherever they are looked for (`find / -name "*.gem"
               -delete`).
    """

    kind: str
    defaults: tuple[str, ...]
    named: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset([INSTALL, BUILD])
    core: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()
    off_variables: tuple[str, ...] = ()
    dormant: str = ""
    linked: bool = False
    below: tuple[str, ...] = ()
    on: frozenset[str] = frozenset()
    holds: tuple[str, ...] = ()


class Manager(NamedTuple):
    """One package manager.

    `values`      flags with a value; `clusters`: single letters may be joined (`-yqq`).
    `grammar`     how a package is written, a key of `GRAMMARS`.
    `reads`       flags whose values are files that name packages (`-r requirements.txt`).
    `directories` flags that name the project's folder; `project_files` flags that name a file in it
                  (`mvn -f pom.xml`).
    `locks`       lock files; `locked` flags and `locked_variables` hold an install to them,
                  `unlocked` flags don't.
    `locked`, `dev`, ... entries such as "--omit=dev" ask for a flag with that value.
    `dev`         flags that bring development dependencies, `no_dev` that leave them out,
                  `no_dev_variables` likewise ("NODE_ENV=production"); `dev_default` what happens
                  without (None: no such notion).
    `refreshing`  flags that refresh the index on the way.
    `offline`     flags that make a build fetch nothing.
    `no_project`  flags that leave the project's own source out of an install.
    `group`       flag that names a virtual package; `version_flags` flags that name the version of
                  what is installed.
    `goals`       its operands are goals to build, whatever their names, but for those in
                  `harmless`.
    `system`      it installs the distribution's packages.
    """

    name: str
    commands: tuple[str, ...]
    verbs: tuple[Verb, ...]
    grammar: str = "plain"
    caches: tuple[Cache, ...] = ()
    values: frozenset[str] = frozenset()
    clusters: bool = True
    reads: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    project_files: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    locked: frozenset[str] = frozenset()
    unlocked: frozenset[str] = frozenset()
    locked_variables: tuple[str, ...] = ()
    dev: frozenset[str] = frozenset()
    no_dev: frozenset[str] = frozenset()
    no_dev_variables: tuple[str, ...] = ()
    dev_default: bool | None = None
    refreshing: tuple[str, ...] = ()
    offline: frozenset[str] = frozenset()
    no_project: frozenset[str] = frozenset()
    group: tuple[str, ...] = ()
    version_flags: tuple[str, ...] = ()
    goals: bool = False
    harmless: frozenset[str] = frozenset()
    system: bool = False


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _install(words: str, **facts: object) -> tuple[Verb, ...]:
    """Return a verb for each of several names ("install|i|add")."""
    return tuple(Verb(name, INSTALL, **facts) for name in words.split("|"))  # type: ignore[arg-type]


def _verbs(does: str, words: str, **facts: object) -> tuple[Verb, ...]:
    return tuple(Verb(name, does, **facts) for name in words.split("|"))  # type: ignore[arg-type]


_ALWAYS = frozenset([INSTALL, BUILD, REFRESH])
_XDG = "$XDG_CACHE_HOME"
_NODE_FILES = ("package.json", ".npmrc")
_DOTNET_FILES = (
    *(
        "**/*.csproj",
        "**/*.fsproj",
        "**/*.vbproj",
        "**/*.sln",
        "**/*.slnx",
        "**/packages.lock.json",
        "global.json",
    ),
    *(
        "NuGet.config",
        "nuget.config",
        "Directory.Packages.props",
        "Directory.Build.props",
        "Directory.Build.targets",
    ),
)
_GRADLE_FILES = (
    *(
        "**/build.gradle",
        "**/build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
        "gradle.properties",
    ),
    *("gradlew", "gradle/**", "buildSrc/**", "**/gradle.lockfile"),
)
_MAVEN_FILES = ("**/pom.xml", "mvnw", ".mvn/**")
_CARGO_FILES = ("**/Cargo.toml", "Cargo.lock", ".cargo/**", "rust-toolchain", "rust-toolchain.toml")
_GO_FILES = ("go.mod", "go.sum", "go.work", "go.work.sum", "**/go.mod", "**/go.sum")
_CONDA_FLAGS = (
    "-n -p -c --name --prefix --channel --file -f --subdir --platform --solver -r --root-prefix"
)

APT = Manager(
    "apt",
    ("apt", "apt-get", "aptitude", "apt-fast", "xx-apt", "xx-apt-get", "goxx-apt-get"),
    (
        *_install("install|reinstall|build-dep|satisfy", packages=True),
        *_install("upgrade|dist-upgrade|full-upgrade|safe-upgrade|dselect-upgrade", upgrade=True),
        *_verbs(REFRESH, "update"),
        *_verbs(REMOVE, "remove|purge|autoremove|autopurge|auto-remove", packages=True),
        *_verbs(CLEAN, "clean|autoclean|auto-clean", cleans=("cache",)),
        *_verbs(CLEAN, "distclean|dist-clean"),
    ),
    grammar="apt",
    values=_set(
        "-o -t -c -a --option --target-release --default-release --config-file --host-architecture"
    ),
    caches=(
        Cache("index", ("/var/lib/apt/lists",), filled=frozenset([REFRESH])),
        Cache("cache", ("/var/cache/apt",), core=("archives",), dormant="docker-clean"),
    ),
    refreshing=("-U", "--update"),
    system=True,
)
# bitnami/minideb, Kubernetes' debian-base and phusion/baseimage: they refresh, install and clean in
# one go.
APT_SCRIPTS = Manager(
    "apt",
    ("install_packages", "clean-install", "install_clean"),
    _install("", packages=True),
    "apt",
    system=True,
)
DPKG = Manager(
    "dpkg",
    ("dpkg",),
    (
        Verb("", INSTALL, packages=True, needs=_set("-i --install")),
        Verb("", REMOVE, packages=True, needs=_set("-r -P --remove --purge")),
    ),
    grammar="apt",
    system=True,
)
APK = Manager(
    "apk",
    ("apk", "xx-apk"),
    (
        *_install("add", packages=True),
        *_install("upgrade", upgrade=True),
        *_verbs(REFRESH, "update"),
        *_verbs(REMOVE, "del", packages=True),
        *_verbs(CLEAN, "cache clean|cache purge"),
    ),
    grammar="apk",
    values=_set(
        "-t --virtual -X --repository -p --root --arch --keys-dir --repositories-file --wait"
        " --cache-dir --cache-max-age",
    ),
    # Since apk-tools 2.8 an install fetches the index itself where there is none, and leaves it.
    # A folder /etc/apk/cache, or a link of that name, takes its place.
    caches=(
        Cache(
            "index",
            ("/var/cache/apk", "/etc/apk/cache"),
            flags=("--cache-dir",),
            filled=_ALWAYS,
            off=_set("--no-cache --no-network"),
        ),
    ),
    refreshing=("-U", "--update", "--update-cache"),
    group=("-t", "--virtual"),
    system=True,
)
DNF = Manager(
    "dnf",
    ("dnf", "dnf4", "dnf5", "yum", "microdnf", "tdnf"),
    (
        *_install(
            "install|localinstall|groupinstall|group install|reinstall|builddep|module install",
            packages=True,
        ),
        *_install(
            "upgrade|update|update-minimal|upgrade-minimal|update-to|localupdate|distro-sync|system-upgrade",
            packages=True,
            upgrade=True,
        ),
        *_verbs(REFRESH, "makecache|check-update"),
        *_verbs(
            REMOVE, "remove|erase|autoremove|group remove|groupremove|module remove", packages=True
        ),
        *_verbs(CLEAN, "clean all"),
    ),
    grammar="rpm",
    values=_set(
        "-c -x -d -e -R --config --setopt --enablerepo --disablerepo --repo --repoid --installroot"
        " --releasever --exclude --excludepkgs --advisory --forcearch --nogpgcheck-for",
    ),
    caches=(
        Cache(
            "cache",
            ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"),
            filled=_ALWAYS,
        ),
    ),
    system=True,
)
RPM = Manager(
    "rpm",
    ("rpm",),
    (
        Verb(
            "",
            INSTALL,
            packages=True,
            needs=_set("-i -U -F --install --upgrade"),
            without=_set("-q --query --import"),
        ),
        Verb("", REMOVE, packages=True, needs=_set("-e --erase")),
    ),
    grammar="rpm",
    values=_set("--root --define --dbpath --prefix"),
    system=True,
)
ZYPPER = Manager(
    "zypper",
    ("zypper",),
    (
        *_install("install|in|install-new-recommends|source-install|si", packages=True),
        *_install("update|up|dist-upgrade|dup|patch", packages=True, upgrade=True),
        *_verbs(REFRESH, "refresh|ref"),
        *_verbs(REMOVE, "remove|rm", packages=True),
        *_verbs(CLEAN, "clean|cc"),
    ),
    grammar="zypper",
    values=_set(
        "-t -r -p --type --repo --from --name --root --installroot --plus-repo --plus-content"
    ),
    caches=(Cache("cache", ("/var/cache/zypp",), filled=_ALWAYS),),
    system=True,
)
PACMAN = Manager(
    "pacman",
    ("pacman", "yay", "paru"),
    (
        Verb("", REMOVE, packages=True, needs=_set("-R --remove")),
        Verb("", CLEAN, needs=_set("-c --clean")),
        Verb(
            "",
            INSTALL,
            packages=True,
            needs=_set("-S -U --sync --upgrade"),
            without=_set("-s -i -g -l --search"),
        ),
    ),
    values=_set("-b -r --dbpath --root --cachedir --config --arch --ignore --overwrite"),
    caches=(
        Cache("cache", ("/var/cache/pacman/pkg",), flags=("--cachedir",)),
        Cache("index", ("/var/lib/pacman/sync",), filled=frozenset([REFRESH])),
    ),
    refreshing=("-y", "--refresh"),
    system=True,
)

PIP = Manager(
    "pip",
    ("pip", "pip2", "pip3"),
    (
        *_install("install|wheel|download", packages=True, project="operands"),
        *_verbs(REMOVE, "uninstall", packages=True),
        *_verbs(CLEAN, "cache purge|cache remove"),
    ),
    grammar="pip",
    values=_set(
        "-r -c -e -t -d -w -f -i --requirement --constraint --editable --target --dest --wheel-dir"
        " --find-links --index-url --extra-index-url --trusted-host --cache-dir --python-version"
        " --platform --implementation --abi --prefix --root --src --proxy --retries --timeout"
        " --default-timeout --exists-action --cert --client-cert --log --progress-bar"
        " --global-option --install-option --config-settings -C --build-option --no-binary"
        " --only-binary --upgrade-strategy --report --python --use-feature --use-deprecated"
        " --root-user-action --build -b --group",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pip",),
            named=("$PIP_CACHE_DIR", f"{_XDG}/pip"),
            flags=("--cache-dir",),
            core=("http", "http-v2", "wheels"),
            off=_set("--no-cache-dir --no-cache --no-index"),  # pip completes a flag that is unique
            off_variables=("PIP_NO_CACHE_DIR",),
        ),
    ),
    reads=("-r", "--requirement", "-c", "--constraint"),
    locked=_set("--require-hashes"),
    locked_variables=("PIP_REQUIRE_HASHES",),
)
UV_PIP_VALUES = PIP.values | _set(
    "-p --python --directory --project --color --config-file --extra --index --default-index"
    " --override --overrides --requirements --constraints --link-mode --exclude-newer --resolution"
    " --prerelease --index-strategy --python-preference --fork-strategy --keyring-provider"
    " --build-constraint --build-constraints --torch-backend --python-platform",
)
UV = Manager(
    "uv",
    ("uv",),
    (
        *_install("pip install|pip sync", packages=True, project="operands"),
        *_install(
            "add", packages=True, files=("pyproject.toml", "uv.lock", "uv.toml", ".python-version")
        ),
        *_install(
            "sync",
            files=("pyproject.toml", "uv.lock", "uv.toml", ".python-version"),
            locked=False,
            project=".",
        ),
        # It installs what is missing, which is nothing after a `uv sync`.
        *_install(
            "run",
            files=("pyproject.toml", "uv.lock", "uv.toml", ".python-version"),
            locked=False,
            project=".",
            cached=False,
        ),
        *_install("tool install|tool upgrade", packages=True, everywhere=True),
        *_verbs(BUILD, "build", files=("pyproject.toml",), project="."),
        *_verbs(REMOVE, "pip uninstall|tool uninstall|remove", packages=True),
        *_verbs(CLEAN, "cache clean|cache prune|clean"),
    ),
    grammar="pip",
    values=UV_PIP_VALUES
    | _set(
        "--package --with --with-requirements --with-editable --no-install-package --group"
        " --only-group --no-group --no-extra --env-file -m --module",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/uv",),
            named=("$UV_CACHE_DIR", f"{_XDG}/uv"),
            flags=("--cache-dir",),
            off=_set("--no-cache --no-cache-dir -n"),
            off_variables=("UV_NO_CACHE",),
        ),
    ),
    reads=(
        "-r",
        "--requirement",
        "--requirements",
        "-c",
        "--constraint",
        "--constraints",
        "--override",
        "--overrides",
        "--with-requirements",
    ),
    directories=("--directory", "--project"),
    locks=("uv.lock",),
    locked=_set("--locked --frozen --require-hashes"),
    locked_variables=("UV_LOCKED", "UV_FROZEN"),
    dev=_set("--dev --all-groups"),
    no_dev=_set("--no-dev --no-default-groups --only-group"),
    no_dev_variables=("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS"),
    dev_default=True,
    offline=_set("--no-sync"),
    no_project=_set(
        "--no-install-project --no-install-workspace --no-install-local --only-group --no-project"
    ),
)
PIPX = Manager(
    "pipx",
    ("pipx",),
    (
        *_install("install|inject|upgrade|runpip", packages=True, everywhere=True),
        *_verbs(REMOVE, "uninstall", packages=True),
    ),
    grammar="pip",
    values=_set("--python --pip-args --index-url -i --suffix --spec"),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pip",),
            named=("$PIP_CACHE_DIR", f"{_XDG}/pip"),
            off_variables=("PIP_NO_CACHE_DIR",),
        ),
    ),
)
POETRY = Manager(
    "poetry",
    ("poetry",),
    (
        *_install(
            "install|sync",
            files=("pyproject.toml", "poetry.lock", "poetry.toml"),
            locked=True,
            project=".",
        ),
        *_install(
            "update",
            files=("pyproject.toml", "poetry.lock", "poetry.toml"),
            locked=False,
            project=".",
        ),
        *_install("add", packages=True, files=("pyproject.toml", "poetry.lock", "poetry.toml")),
        *_install("self add", packages=True, everywhere=True),
        *_verbs(REMOVE, "remove", packages=True),
        *_verbs(CLEAN, "cache clear"),
    ),
    grammar="pip",
    values=_set(
        "-C --directory --project -P --without --with --only -E --extras -G --group --python"
        " --source"
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pypoetry",),
            named=("$POETRY_CACHE_DIR", f"{_XDG}/pypoetry"),
            core=("cache", "artifacts"),
            off=_set("--no-cache"),
        ),
    ),
    directories=("-C", "--directory", "--project", "-P"),
    locks=("poetry.lock",),
    no_dev=_set("--no-dev --only --without=dev --only-root"),
    dev_default=True,
    no_project=_set(
        "--no-root"
    ),  # `--only` and `--no-directory` install the project's own package all the same
)
PIPENV = Manager(
    "pipenv",
    ("pipenv",),
    (
        *_install(
            "install|update|upgrade", packages=True, files=("Pipfile", "Pipfile.lock"), locked=False
        ),
        *_install("sync", files=("Pipfile", "Pipfile.lock"), locked=True),
        *_verbs(REMOVE, "uninstall", packages=True),
    ),
    grammar="pip",
    values=_set(
        "--python --pypi-mirror -i --index -r --requirements --categories --extra-pip-args -e"
        " --editable"
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pip", "$HOME/.cache/pipenv"),
            named=("$PIP_CACHE_DIR", "$PIPENV_CACHE_DIR", f"{_XDG}/pip"),
            off=_set("--clear"),
            off_variables=("PIP_NO_CACHE_DIR",),
        ),
    ),
    reads=("-r", "--requirements"),
    locks=("Pipfile.lock",),
    locked=_set("--deploy --ignore-pipfile"),
    dev=_set("-d --dev"),
    dev_default=False,
)
PDM = Manager(
    "pdm",
    ("pdm",),
    (
        *_install(
            "install", files=("pyproject.toml", "pdm.lock", "pdm.toml"), locked=False, project="."
        ),
        *_install(
            "sync", files=("pyproject.toml", "pdm.lock", "pdm.toml"), locked=True, project="."
        ),
        *_install("add", packages=True, files=("pyproject.toml", "pdm.lock")),
        *_verbs(REMOVE, "remove", packages=True),
        *_verbs(CLEAN, "cache clear"),
    ),
    grammar="pip",
    values=_set("-p --project -G --group --with --without -L --lockfile --venv"),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pdm",),
            named=("$PDM_CACHE_DIR", f"{_XDG}/pdm"),
            off_variables=("PDM_NO_CACHE",),
        ),
    ),
    directories=("-p", "--project"),
    locks=("pdm.lock",),
    locked=_set("--frozen-lockfile --no-lock --check"),
    locked_variables=("PDM_FROZEN_LOCKFILE",),
    no_dev=_set("--prod --production --no-default"),
    dev_default=True,
    no_project=_set("--no-self"),
)
CONDA = Manager(
    "conda",
    ("conda", "mamba", "micromamba"),
    (
        *_install("install|create|update|upgrade", packages=True),
        *_install(
            "env create|env update", files=("environment.yml", "environment.yaml"), bare=True
        ),
        *_verbs(REMOVE, "remove|uninstall|env remove", packages=True),
        *_verbs(CLEAN, "clean", needs=_set("-a --all -p --packages -t --tarballs")),
    ),
    grammar="conda",
    values=_set(_CONDA_FLAGS),
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
        ),
    ),
    reads=("--file", "-f"),
)

_NODE_PRODUCTION = (
    "NODE_ENV=production",
    "NPM_CONFIG_PRODUCTION",
    "npm_config_production",
    "NPM_CONFIG_OMIT=dev",
    "npm_config_omit=dev",
)
NPM = Manager(
    "npm",
    ("npm",),
    (
        *_install(
            "install|i|add|in|isntall",
            packages=True,
            bare=True,
            files=(*_NODE_FILES, "package-lock.json", "npm-shrinkwrap.json"),
            locked=False,
        ),
        *_install(
            "ci|clean-install|install-clean",
            files=(*_NODE_FILES, "package-lock.json", "npm-shrinkwrap.json"),
            locked=True,
        ),
        *_install(
            "update|upgrade|up",
            packages=True,
            bare=True,
            files=(*_NODE_FILES, "package-lock.json"),
            locked=False,
            upgrade=True,
        ),
        *_verbs(REMOVE, "uninstall|remove|rm|r|un|unlink|prune", packages=True),
        *_verbs(CLEAN, "cache clean|cache clear|cache rm"),
    ),
    grammar="npm",
    values=_set(
        "-C -w --prefix --cache --registry --workspace --loglevel --omit --include --only"
        " --install-strategy --tag --userconfig --globalconfig --fetch-retries --fetch-timeout"
        " --maxsockets",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.npm",),
            named=("$npm_config_cache", "$NPM_CONFIG_CACHE"),
            flags=("--cache",),
            core=("_cacache",),
        ),
    ),
    directories=("-C", "--prefix"),
    everywhere=("-g", "--global", "--location"),
    locks=("package-lock.json", "npm-shrinkwrap.json"),
    dev=_set("--include=dev --dev --also=dev --production=false"),
    no_dev=_set("--omit=dev --production --only=prod --only=production --prod --production=true"),
    no_dev_variables=_NODE_PRODUCTION,
    dev_default=True,
)
_YARN_FILES = (
    "package.json",
    "yarn.lock",
    ".yarnrc",
    ".yarnrc.yml",
    ".npmrc",
    ".yarn/**",
    ".pnp.cjs",
    ".pnp.loader.mjs",
)
YARN = Manager(
    "yarn",
    ("yarn", "yarnpkg"),
    (
        *_install("install|workspaces focus", files=_YARN_FILES, locked=False),
        Verb("", INSTALL, files=_YARN_FILES, locked=False, without=_set("-v --version -h --help")),
        *_install(
            "add|up|upgrade|upgrade-interactive", packages=True, files=_YARN_FILES, locked=False
        ),
        *_install("global add|global upgrade", packages=True, everywhere=True),
        *_verbs(REMOVE, "remove|global remove", packages=True),
        *_verbs(CLEAN, "cache clean|cache clear"),
    ),
    grammar="npm",
    values=_set(
        "--cwd --cache-folder --modules-folder --global-folder --network-timeout"
        " --network-concurrency --registry --prefix --mutex --use-yarnrc --offline-mirror --mode",
    ),
    caches=(
        Cache(
            "cache",
            ("root:/usr/local/share/.cache/yarn", "$HOME/.cache/yarn", "$HOME/.yarn/berry/cache"),
            named=("$YARN_CACHE_FOLDER", "$YARN_GLOBAL_FOLDER/cache", f"{_XDG}/yarn"),
            flags=("--cache-folder",),
        ),
    ),
    directories=("--cwd",),
    locks=("yarn.lock",),
    locked=_set("--frozen-lockfile --immutable --immutable-cache"),
    unlocked=_set("--no-frozen-lockfile --no-immutable"),
    locked_variables=("YARN_ENABLE_IMMUTABLE_INSTALLS",),
    dev=_set("--production=false"),
    no_dev=_set("--production --prod --production=true"),
    no_dev_variables=_NODE_PRODUCTION,
    dev_default=True,
)
_PNPM_FILES = (*_NODE_FILES, "pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "patches/**")
PNPM = Manager(
    "pnpm",
    ("pnpm",),
    (
        *_install("install|i|deploy", packages=True, bare=True, files=_PNPM_FILES, locked=False),
        *_install(
            "fetch",
            files=("pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", "patches/**"),
            locked=True,
        ),
        *_install("add|update|up|upgrade", packages=True, files=_PNPM_FILES, locked=False),
        *_verbs(REMOVE, "remove|rm|uninstall|un|prune", packages=True),
        *_verbs(CLEAN, "store prune|cache delete"),
    ),
    grammar="npm",
    values=_set(
        "-C --dir --store-dir --registry --filter -F --reporter --loglevel --lockfile-dir"
        " --virtual-store-dir --node-linker --network-concurrency --workspace-concurrency",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.local/share/pnpm/store", "$HOME/.pnpm-store"),
            named=(
                "$npm_config_store_dir",
                "$NPM_CONFIG_STORE_DIR",
                "$PNPM_HOME/store",
                "$XDG_DATA_HOME/pnpm/store",
            ),
            flags=("--store-dir",),
            linked=True,
        ),
    ),
    directories=("-C", "--dir"),
    everywhere=("-g", "--global"),
    locks=("pnpm-lock.yaml",),
    locked=_set("--frozen-lockfile"),
    unlocked=_set("--no-frozen-lockfile"),
    locked_variables=("CI",),
    dev=_set("-D --dev"),
    no_dev=_set("-P --prod --production"),
    no_dev_variables=_NODE_PRODUCTION,
    dev_default=True,
)
_BUN_FILES = (*_NODE_FILES, "bun.lock", "bun.lockb", "bunfig.toml", "patches/**")
BUN = Manager(
    "bun",
    ("bun",),
    (
        *_install("install|i", packages=True, bare=True, files=_BUN_FILES, locked=False),
        *_install("ci", files=_BUN_FILES, locked=True),
        *_install("add|a|update", packages=True, files=_BUN_FILES, locked=False),
        *_verbs(REMOVE, "remove|rm", packages=True),
        *_verbs(CLEAN, "pm cache rm"),
    ),
    grammar="npm",
    values=_set("--cwd --cache-dir --registry --backend --filter --omit --config -c"),
    caches=(
        Cache(
            "cache",
            ("$HOME/.bun/install/cache",),
            named=("$BUN_INSTALL_CACHE_DIR", "$BUN_INSTALL/install/cache"),
            flags=("--cache-dir",),
            off=_set("--no-cache"),
        ),
    ),
    directories=("--cwd",),
    everywhere=("-g", "--global"),
    locks=("bun.lock", "bun.lockb"),
    locked=_set("--frozen-lockfile"),
    unlocked=_set("--no-frozen-lockfile"),
    no_dev=_set("-p --production --omit=dev"),
    no_dev_variables=("NODE_ENV=production",),
    dev_default=True,
)
COMPOSER = Manager(
    "composer",
    ("composer", "composer.phar"),
    (
        *_install(
            "install|i",
            files=("composer.json", "composer.lock", "auth.json", "symfony.lock"),
            locked=True,
        ),
        *_install(
            "update|u|upgrade",
            packages=True,
            files=("composer.json", "composer.lock", "auth.json"),
            locked=False,
        ),
        *_install(
            "require|r|req", packages=True, files=("composer.json", "composer.lock"), locked=False
        ),
        *_install("global require|create-project", packages=True, everywhere=True),
        *_verbs(REMOVE, "remove|global remove", packages=True),
        *_verbs(CLEAN, "clear-cache|clearcache|cc"),
    ),
    grammar="composer",
    values=_set(
        "-d --working-dir --prefer-install --ignore-platform-req --repository --stability -s"
        " --apcu-autoloader-prefix",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.composer/cache", "$HOME/.cache/composer"),
            named=("$COMPOSER_CACHE_DIR", "$COMPOSER_HOME/cache", f"{_XDG}/composer"),
            off=_set("--no-cache"),
        ),
    ),
    directories=("-d", "--working-dir"),
    locks=("composer.lock",),
    no_dev=_set("--no-dev"),
    no_dev_variables=("COMPOSER_NO_DEV",),
    dev_default=True,
)
_GEM_CACHE = Cache(
    "cache",
    ("/usr/local/bundle/cache", "$HOME/.gem/cache"),
    named=("$GEM_HOME/cache", "$BUNDLE_PATH/cache"),
    holds=("*.gem",),
)
_BUNDLE = Cache(
    "cache",
    ("vendor/bundle",),
    ("$BUNDLE_PATH",),
    below=("ruby/*/cache", "cache"),
    holds=("*.gem",),
)
BUNDLER = Manager(
    "bundler",
    ("bundle", "bundler"),
    (
        *_install(
            "install|package|cache",
            files=(
                "Gemfile",
                "Gemfile.lock",
                "gems.rb",
                "gems.locked",
                "*.gemspec",
                ".bundle/config",
                ".ruby-version",
                ".tool-versions",
                "vendor/cache/**",
            ),
            locked=False,
        ),
        Verb(
            "",
            INSTALL,
            files=("Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version"),
            locked=False,
            without=_set("-v --version -h --help"),
        ),
        *_install("update", files=("Gemfile", "Gemfile.lock", "*.gemspec"), locked=False),
    ),
    values=_set(
        "-j --jobs --gemfile --path --without --with --retry --shebang --standalone --binstubs"
        " --trust-policy"
    ),
    caches=(
        _GEM_CACHE._replace(
            named=("$GEM_HOME/cache",),
            off=_set("--deployment --path"),
            off_variables=("BUNDLE_DEPLOYMENT", "BUNDLE_PATH"),
        ),
        _BUNDLE._replace(
            on=_set("--deployment --path BUNDLE_DEPLOYMENT BUNDLE_PATH"), flags=("--path",)
        ),
    ),
    project_files=("--gemfile",),
    locks=("Gemfile.lock", "gems.locked"),
    locked=_set("--deployment --frozen"),
    locked_variables=("BUNDLE_DEPLOYMENT", "BUNDLE_FROZEN"),
    no_dev=_set("--without"),
    no_dev_variables=("BUNDLE_WITHOUT", "BUNDLE_ONLY"),
    dev_default=True,
)
GEM = Manager(
    "gem",
    ("gem", "fluent-gem", "td-agent-gem"),
    (
        *_install("install|i|update", packages=True, everywhere=True),
        *_verbs(REMOVE, "uninstall", packages=True),
    ),
    grammar="gem",
    values=_set(
        "-v --version -i --install-dir -n --bindir --source -s -P --trust-policy -g --file"
        " --platform -p --http-proxy --without",
    ),
    caches=(_GEM_CACHE,),
    reads=("-g", "--file"),
    version_flags=("-v", "--version"),
)
_CARGO_CACHE = Cache(
    "cache",
    ("/usr/local/cargo/registry", "$HOME/.cargo/registry"),
    named=("$CARGO_HOME/registry",),
)
CARGO = Manager(
    "cargo",
    ("cargo", "xx-cargo"),
    (
        *_install(
            "install|binstall", packages=True, everywhere=True, without=_set("--path --list")
        ),
        Verb("install", BUILD, files=_CARGO_FILES, locked=False, project=".", needs=_set("--path")),
        *_install("fetch|vendor", files=_CARGO_FILES, locked=False),
        *_install("chef cook", files=("recipe.json", "Cargo.lock"), locked=None),
        *_verbs(
            BUILD,
            "build|b|test|t|check|c|run|r|bench|doc|rustc|clippy|auditable build|zigbuild|leptos"
            " build",
            files=_CARGO_FILES,
            locked=False,
            project=".",
        ),
        *_verbs(REMOVE, "uninstall", packages=True),
        *_verbs(CLEAN, "cache", needs=_set("-a --autoclean -e -r --remove-dir")),
    ),
    grammar="cargo",
    values=_set(
        "-j --jobs -p --package --bin --example --test --features -F --target --target-dir"
        " --profile --manifest-path --git --branch --tag --rev --version --vers --root --registry"
        " --index --color --config -Z -C --recipe-path --path",
    ),
    caches=(_CARGO_CACHE,),
    reads=("--recipe-path",),
    directories=("-C", "--path"),
    project_files=("--manifest-path",),
    locks=("Cargo.lock",),
    locked=_set("--locked --frozen"),
    offline=_set("--offline --frozen"),
    version_flags=("--version", "--vers"),
)
GO = Manager(
    "go",
    ("go", "xx-go", "goxx-go"),
    (
        *_install("mod download|mod verify", files=_GO_FILES, locked=True),
        *_install("mod vendor|mod tidy", files=_GO_FILES, locked=True, project="."),
        *_install("get", packages=True, project="operands", files=_GO_FILES),
        *_install("install", packages=True, project="operands", files=_GO_FILES, bare=True),
        *_verbs(
            BUILD, "build|test|run|vet|generate|list", files=_GO_FILES, project=".", locked=True
        ),
        *_verbs(CLEAN, "clean", needs=_set("-modcache"), cleans=("cache",)),
        *_verbs(CLEAN, "clean", needs=_set("-cache"), cleans=("build",)),
    ),
    grammar="go",
    values=_set(
        "-o -p -tags -ldflags -gcflags -asmflags -gccgoflags -mod -modfile -overlay -C -run"
        " -timeout -pkgdir -toolexec -buildmode -compiler -installsuffix -coverprofile -covermode"
        " -count -f",
    ),
    clusters=False,
    caches=(
        Cache(
            "cache", ("/go/pkg/mod", "$HOME/go/pkg/mod"), named=("$GOMODCACHE", "$GOPATH/pkg/mod")
        ),
        Cache("build", ("$HOME/.cache/go-build",), named=("$GOCACHE", f"{_XDG}/go-build")),
    ),
    directories=("-C",),
    locks=("go.sum",),
    offline=_set("-mod=vendor"),
)
MAVEN = Manager(
    "maven",
    ("mvn", "mvnw", "mvnd"),
    (
        *_install("go-offline|resolve|resolve-plugins|resolve-dependencies", files=_MAVEN_FILES),
        *_verbs(CLEAN, "purge-local-repository"),
        Verb("", BUILD, files=_MAVEN_FILES, project="."),
    ),
    values=_set(
        "-f --file -s --settings -gs -P --activate-profiles -pl --projects -rf --resume-from -T"
        " --threads -l --log-file -t --toolchains",
    ),
    clusters=False,
    caches=(Cache("cache", ("$HOME/.m2/repository",), flags=("-Dmaven.repo.local",)),),
    reads=("-s", "--settings"),
    project_files=("-f", "--file"),
    offline=_set("-o --offline"),
    goals=True,
    harmless=_set("clean wrapper help"),
)
GRADLE = Manager(
    "gradle",
    ("gradle", "gradlew"),
    (
        *_install(
            "dependencies|resolveDependencies|downloadDependencies|resolveAllDependencies",
            files=_GRADLE_FILES,
        ),
        Verb("", BUILD, files=_GRADLE_FILES, project="."),
    ),
    values=_set(
        "-p --project-dir -g --gradle-user-home -b --build-file -c --settings-file -x"
        " --exclude-task -I --init-script --console --max-workers",
    ),
    clusters=False,
    caches=(
        Cache(
            "cache",
            ("$HOME/.gradle",),
            named=("$GRADLE_USER_HOME",),
            flags=("-g", "--gradle-user-home"),
            core=("caches",),
        ),
    ),
    directories=("-p", "--project-dir"),
    project_files=("-b", "--build-file"),
    locks=("gradle.lockfile",),
    offline=_set("--offline"),
    goals=True,
    harmless=_set("clean wrapper help tasks init projects properties"),
)
DOTNET = Manager(
    "dotnet",
    ("dotnet",),
    (
        *_install("restore|tool restore", files=_DOTNET_FILES, locked=False),
        *_install("tool install|tool update", packages=True, cached=False),
        *_install("add package", packages=True, files=_DOTNET_FILES),
        *_verbs(
            BUILD,
            "build|publish|test|pack|run|msbuild|watch",
            files=_DOTNET_FILES,
            locked=False,
            project="operands",
        ),
        *_verbs(CLEAN, "nuget locals"),
    ),
    grammar="dotnet",
    values=_set(
        "-c -o -f -r -v -a --configuration --output --framework --runtime --verbosity --arch --os"
        " --source -s --configfile --packages --version-suffix --version --tool-path --add-source"
        " --project -p --logger --filter --settings",
    ),
    clusters=False,
    caches=(
        Cache(
            "cache", ("$HOME/.nuget/packages",), named=("$NUGET_PACKAGES",), flags=("--packages",)
        ),
        Cache(
            "index",
            ("$HOME/.local/share/NuGet",),
            named=("$NUGET_HTTP_CACHE_PATH", "$XDG_DATA_HOME/NuGet"),
        ),
    ),
    reads=("--configfile",),
    everywhere=("-g", "--global", "--tool-path"),
    locks=("packages.lock.json",),
    locked=_set("--locked-mode -p:RestoreLockedMode=true /p:RestoreLockedMode=true"),
    offline=_set("--no-restore --no-build"),
    version_flags=("--version",),
)
SBT = Manager(
    "sbt",
    ("sbt",),
    (
        *_install("update", files=("**/build.sbt", "project/*")),
        Verb("", BUILD, files=("**/build.sbt", "project/*"), project="."),
    ),
    clusters=False,
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/coursier", "$HOME/.ivy2"),
            named=("$COURSIER_CACHE", f"{_XDG}/coursier"),
            flags=("-Dsbt.coursier.home", "-Dsbt.ivy.home"),
        ),
    ),
    goals=True,
    harmless=_set("clean about sbtVersion exit help version"),
)
LEIN = Manager(
    "lein",
    ("lein",),
    (
        *_install("deps", files=("project.clj", "profiles.clj")),
        Verb("", BUILD, files=("project.clj", "profiles.clj"), project="."),
    ),
    clusters=False,
    caches=(Cache("cache", ("$HOME/.m2/repository",)),),
    offline=_set("-o"),
    goals=True,
    harmless=_set("clean help new version"),
)
# Programs read their packages from the cache: nothing of it can go.
PUB = Manager(
    "pub",
    ("dart", "flutter", "pub"),
    _install(
        "pub get|pub upgrade|packages get|get", files=("pubspec.yaml", "pubspec.lock"), locked=False
    ),
    locks=("pubspec.lock",),
    locked=_set("--enforce-lockfile"),
)
DENO = Manager(
    "deno",
    ("deno",),
    _install(
        "install",
        files=("deno.json", "deno.jsonc", "deno.lock", "package.json"),
        bare=True,
        locked=False,
    ),
    values=_set("-n --name --root --config -c"),
    everywhere=("-g", "--global"),
    locks=("deno.lock",),
    locked=_set("--frozen"),
)
MIX = Manager(
    "mix",
    ("mix",),
    (
        *_install("deps.get", files=("mix.exs", "mix.lock", "apps/*/mix.exs"), locked=True),
        *_install("deps.update", packages=True, files=("mix.exs", "mix.lock"), locked=False),
        *_install("archive.install|local.hex|local.rebar|escript.install", everywhere=True),
    ),
    values=_set("--only"),
    caches=(Cache("cache", ("$HOME/.hex",), named=("$HEX_HOME",)),),
    locks=("mix.lock",),
    no_dev=_set("--only=prod"),
    no_dev_variables=("MIX_ENV=prod",),
    dev_default=True,
)
OPAM = Manager(
    "opam",
    ("opam",),
    (
        *_install(
            "install", packages=True, project="operands", files=("*.opam", "opam/*", "dune-project")
        ),
        *_verbs(REFRESH, "update"),
        *_verbs(REMOVE, "remove|uninstall", packages=True),
        *_verbs(CLEAN, "clean"),
    ),
    grammar="opam",
    values=_set("-j --jobs --switch --root --repos --solver"),
    caches=(Cache("cache", ("$HOME/.opam/download-cache",), named=("$OPAMROOT/download-cache",)),),
    no_project=_set("--deps-only"),
    locked=_set("--locked"),
)
CABAL = Manager(
    "cabal",
    ("cabal",),
    (
        *_install(
            "install|v2-install|new-install",
            packages=True,
            project="operands",
            files=("*.cabal", "cabal.project*"),
        ),
        *_install(
            "build|v2-build|new-build",
            files=("**/*.cabal", "cabal.project*"),
            needs=_set("--only-dependencies --dependencies-only"),
        ),
        *_verbs(
            BUILD,
            "build|v2-build|new-build|run|test",
            files=("**/*.cabal", "cabal.project*"),
            project=".",
        ),
        *_verbs(REFRESH, "update|v2-update"),
    ),
    grammar="cabal",
    values=_set("--installdir --install-method --ghc-options --project-file --constraint"),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cabal/packages", "$HOME/.cache/cabal/packages"),
            named=("$CABAL_DIR/packages",),
            filled=_ALWAYS,
        ),
    ),
    no_project=_set("--only-dependencies --dependencies-only"),
)
STACK = Manager(
    "stack",
    ("stack",),
    (
        *_install(
            "build",
            files=("stack.yaml", "stack.yaml.lock", "**/*.cabal", "**/package.yaml"),
            needs=_set("--only-dependencies --dependencies-only --only-snapshot"),
        ),
        *_verbs(
            BUILD,
            "build|install|test|exec",
            files=("stack.yaml", "stack.yaml.lock", "**/*.cabal", "**/package.yaml"),
            project=".",
        ),
        *_install("setup|update", files=("stack.yaml",)),
    ),
    values=_set("--resolver --stack-yaml --local-bin-path --flag --ghc-options"),
    caches=(Cache("cache", ("$HOME/.stack",), named=("$STACK_ROOT",)),),
    locks=("stack.yaml.lock",),
)
LUAROCKS = Manager(
    "luarocks",
    ("luarocks",),
    (
        *_install("install", packages=True),
        *_install("make", files=("*.rockspec",), project="."),
        *_verbs(REMOVE, "remove", packages=True),
    ),
    grammar="luarocks",
    values=_set("--server --tree --lua-version --lua-dir --from --only-from"),
    caches=(Cache("index", ("$HOME/.cache/luarocks",), named=(f"{_XDG}/luarocks",)),),
)
CPAN = Manager(
    "cpan",
    ("cpanm", "cpan", "cpm", "carton"),
    (
        *_install("install", packages=True, files=("cpanfile", "cpanfile.snapshot"), bare=True),
        Verb(
            "",
            INSTALL,
            packages=True,
            files=("cpanfile", "Makefile.PL", "Build.PL"),
            project="operands",
        ),
    ),
    grammar="cpan",
    values=_set(
        "-l -L -M --mirror --local-lib --local-lib-contained --from --cpanfile --with-feature -g"
    ),
    caches=(Cache("cache", ("$HOME/.cpanm", "$HOME/.cpan"), named=("$PERL_CPANM_HOME",)),),
    reads=("--cpanfile",),
    locks=("cpanfile.snapshot",),
    locked=_set("--deployment"),
)
# R's own installer keeps its downloads in the session's temporary folder: nothing is left.
R = Manager(
    "r",
    ("install2.r", "installGithub.r", "install.r"),
    _install("", packages=True),
    values=_set("-r -n -l --repos --ncpus --libloc -d --deps"),
)
PECL = Manager(
    "pecl",
    ("pecl", "pear"),
    (
        *_install("install", packages=True),
        *_verbs(REMOVE, "uninstall", packages=True),
        *_verbs(CLEAN, "clear-cache"),
    ),
    grammar="pecl",
    caches=(Cache("cache", ("/tmp/pear",)),),  # noqa: S108  where pecl keeps its downloads
)

MANAGERS = (
    *(
        APT,
        APT_SCRIPTS,
        DPKG,
        APK,
        DNF,
        RPM,
        ZYPPER,
        PACMAN,
        PIP,
        UV,
        PIPX,
        POETRY,
        PIPENV,
        PDM,
        CONDA,
        NPM,
        YARN,
        PNPM,
        BUN,
    ),
    *(
        COMPOSER,
        BUNDLER,
        GEM,
        CARGO,
        GO,
        MAVEN,
        GRADLE,
        DOTNET,
        SBT,
        LEIN,
        PUB,
        DENO,
        MIX,
        OPAM,
        CABAL,
        STACK,
        LUAROCKS,
        CPAN,
        R,
        PECL,
    ),
)
