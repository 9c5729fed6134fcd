"""What commands ask of package managers, by the table."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from dlint.shell import CacheLeft, Install, Package, Refresh, Remove, Unknown, managers
from dlint.shell.judge import effects
from dlint.shell.managers import MANAGERS, by_command, by_interpreter, by_name
from dlint.shell.reader import read_script
from dlint.text.source import Mapped


def installs(script: str, **env: str) -> list[Install]:
    found = effects(read_script(Mapped(script), "bash", env), env=env, workdir="/app", home="/root")
    return list(found.of(Install))


def install(script: str, **env: str) -> Install:
    (found,) = installs(script, **env)
    return found


def written(package: Package) -> str:
    """Write a package as `name version`, with `!` where it is exact, `?` where that is not
    known.
    """
    mark = {True: "!", False: "", None: "?"}[package.exact]
    return f"{package.name} {package.version}".strip() + mark


@pytest.mark.parametrize(
    ("script", "manager", "packages"),
    [
        (
            "apt-get -qq -o Dpkg::Use-Pty=0 install -yqq --no-install-recommends a b",
            "apt",
            ["a", "b"],
        ),
        (
            "apt-get install -t stable -y a=1.2-3 b=1.* c:arm64 d/stable",
            "apt",
            ["a 1.2-3!", "b 1.*", "c", "d"],
        ),
        ("DEBIAN_FRONTEND=noninteractive apt install --yes ./a.deb", "apt", ["./a.deb"]),
        ("aptitude install -y a", "apt", ["a"]),
        ("xx-apt-get install -y a", "apt", ["a"]),
        ("install_packages a b", "apt", ["a", "b"]),
        ("apt_install a b", "apt", ["a", "b"]),
        ("gpuci_conda_retry install -y -n base a=1", "conda", ["a =1"]),
        ("swupd bundle-add --skip-diskspace-check a b -V 100", "swupd", ["a", "b"]),
        ("pecl install -f --configureoptions 'enable-x=\"yes\"' a-1.2.3", "pecl", ["a 1.2.3!"]),
        (
            "apk add --no-cache -X https://x.example/edge -t .deps a=1.2-r0 b~1 'c>2' !d",
            "apk",
            ["a 1.2-r0!", "b ~1", "c >2", "!d"],
        ),
        ("apk --no-cache add --virtual=.deps a", "apk", ["a"]),
        (
            "dnf -y --setopt=tsflags=nodocs install a-1.2.3-4.el9 b @dev",
            "dnf",
            ["a 1.2.3-4.el9!", "b", "@dev"],
        ),
        ("yum install -y --enablerepo epel a", "dnf", ["a"]),
        ("microdnf install -y a", "dnf", ["a"]),
        (
            "zypper --non-interactive in -y --no-recommends a=1.0 'b>=2'",
            "zypper",
            ["a =1.0!", "b >=2"],
        ),
        ("pacman -S --noconfirm --needed a b", "pacman", ["a", "b"]),
        ("dpkg -i /srv/a.deb", "dpkg", ["/srv/a.deb"]),
        ("rpm -Uvh https://x.example/a.rpm", "rpm", ["https://x.example/a.rpm"]),
        (
            "pip install -U 'a[x]==1.0' 'b>=1,<2' c~=1.0 d==1.* e",
            "pip",
            ["a ==1.0!", "b >=1,<2", "c ~=1.0", "d ==1.*", "e"],
        ),
        ("pip3.11 install --index-url https://x.example/simple a", "pip", ["a"]),
        ("python3 -I -m pip --no-input install a", "pip", ["a"]),
        ("/opt/venv/bin/pip install a", "pip", ["a"]),
        (
            "pip install git+https://x.example/y.git@0123abcdef git+https://x.example/z.git@main",
            "pip",
            None,
        ),
        ("uv pip install --system -p 3.12 a==1", "uv", ["a ==1!"]),
        ("uv tool install a@1.2.3", "uv", ["a 1.2.3!"]),
        ("uv add a", "uv", ["a"]),
        ("pipx install a==1.0", "pipx", ["a ==1.0!"]),
        ("poetry add a@^1", "poetry", ["a ^1"]),
        ("pipenv install --system a", "pipenv", ["a"]),
        (
            "conda install -y -c conda-forge -n base a=1.2.3 b=1.2 c==1.2 'd>=1' e",
            "conda",
            ["a =1.2.3!", "b =1.2", "c ==1.2!", "d >=1", "e"],
        ),
        ("micromamba create -y -p /env conda-forge::a", "conda", ["a"]),
        (
            "npm install -g a@1.2.3 @b/c@^1 d@latest e f@1.2 g@npm:h@2.0.0",
            "npm",
            ["a 1.2.3!", "@b/c ^1", "d latest", "e", "f 1.2", "g 2.0.0!"],
        ),
        ("npm --prefix /x i a", "npm", ["a"]),
        ("yarn global add a@1.0.0", "yarn", ["a 1.0.0!"]),
        ("corepack yarn add a", "yarn", ["a"]),
        ("pnpm add -g a", "pnpm", ["a"]),
        ("pnpm deploy --filter web --prod /out", "pnpm", []),
        ("pipx inject b a==1.2.3", "pipx", ["a ==1.2.3!"]),
        ("pipx runpip b install -U pip", "pipx", []),
        ("composer create-project a/b web/app", "composer", ["a/b"]),
        ("composer create-project a/b app 1.2.3", "composer", ["a/b 1.2.3!"]),
        ("bun add a@1.0.0", "bun", ["a 1.0.0!"]),
        ("composer global require a/b:^1.0 c/d:1.0.0", "composer", ["a/b ^1.0", "c/d 1.0.0!"]),
        ("php /usr/bin/composer.phar require a/b", "composer", ["a/b"]),
        ("gem install a -v 1.2.3 --no-document", "gem", ["a 1.2.3!"]),
        ("gem install a -- --with-b", "gem", ["a"]),
        ("gem install a:1.2.3 b", "gem", ["a 1.2.3!", "b"]),
        ("gem install a -v '~> 1.2'", "gem", ["a ~> 1.2"]),
        ("cargo install --locked a@1.2.3 b@1", "cargo", ["a 1.2.3!", "b 1"]),
        ("cargo install a --version 1.2.3 --root /x", "cargo", ["a 1.2.3!"]),
        ("cargo install --git https://x.example/a.git --rev 0123abc a", "cargo", ["a!"]),
        (
            "go install x.example/a@v1.2.3 x.example/b@latest",
            "go",
            ["x.example/a v1.2.3!", "x.example/b latest"],
        ),
        ("go install x.example/c@0123abcdef", "go", ["x.example/c 0123abcdef!"]),
        (
            "go install x.example/d@v1.4 x.example/e@1.4.0",
            "go",
            ["x.example/d v1.4", "x.example/e 1.4.0!"],
        ),
        ("dotnet tool install -g a --version 1.2.3", "dotnet", ["a 1.2.3!"]),
        ("opam install -y a.1.2 b", "opam", ["a 1.2!", "b"]),
        ("cabal install a-1.2", "cabal", ["a 1.2!"]),
        ("luarocks install a 1.2-1", "luarocks", ["a 1.2-1!"]),
        ("cpanm -n A::B@1.2 C::D", "cpan", ["A::B 1.2!", "C::D"]),
        ("pecl install a-1.2.3 b c-beta", "pecl", ["a 1.2.3!", "b", "c beta"]),
        ("install2.r --error -n 4 a b", "r", ["a", "b"]),
        ("Rscript -e \"install.packages('a')\"", "r", []),
        ("pip install $unknown a==$v", "pip", ["${unknown}?", "a ==${v}?"]),
    ],
)
def test_packages(script: str, manager: str, packages: list[str] | None) -> None:
    found = install(script)
    assert found.manager == manager
    if packages is not None:
        assert [written(package) for package in found.packages] == packages


def test_a_known_variable_is_a_version() -> None:
    assert [written(one) for one in install("A=1.0; pip install a==$A").packages] == ["a ==1.0!"]


@pytest.mark.parametrize(
    ("script", "exact"),
    [
        ("pip install git+https://x.example/y.git@0123abcdef", True),
        ("pip install -e 'git+https://x.example/y.git@v1#egg=y'", False),
        ("pip install git+https://x.example/y.git@main", False),
        ("pip install 'a @ https://x.example/a-1.whl'", False),
        ("npm install github:a/b#0123abcdef", True),
        ("npm install a/b", False),
        ("npm install c@github:a/b", False),
        ("npm install c@github:a/b#0123abcdef", True),
        ("yarn add https://x.example/a.git#0123abcdef", True),
    ],
)
def test_remote_packages(script: str, *, exact: bool) -> None:
    (package,) = install(script).packages
    assert (package.kind in {"url", "vcs"}, package.exact) == (True, exact)


@pytest.mark.parametrize(
    "script",
    [
        "apt-get update",
        "apt-cache policy a",
        "apt-mark hold a",
        "apk info a",
        "pip list",
        "pip --version",
        "npm run build",
        "npm run install",
        "yarn build",
        "yarn --version",
        "bundle exec rake",
        "bundle config set deployment true",
        "conda init bash",
        "go version",
        "go build -mod=vendor ./...",
        "cargo build --offline",
        "mvn -v",
        "mvn clean",
        "./gradlew --stop",
        "gradle clean",
        "dotnet publish --no-restore",
        "rpm -qa",
        "rpm --import key",
        "pacman -Sy",
        "pacman -Ss a",
        "dpkg -l",
        "echo apt-get install a",
        "R --version",
        "python -m venv x",
    ],
)
def test_no_install(script: str) -> None:
    assert installs(script) == []


@pytest.mark.parametrize(
    ("script", "files"),
    [
        (
            "pip install -r a.txt --requirement=b/c.txt -c d.txt",
            ["/app/a.txt", "/app/b/c.txt", "/app/d.txt"],
        ),
        ("cd x && pip install -r a.txt", ["/app/x/a.txt"]),
        ("uv pip install -r a.txt", ["/app/a.txt"]),
        ("uv pip sync --python /v/bin/python a.txt b.txt", ["/app/a.txt", "/app/b.txt"]),
        ("pip-sync a.txt", ["/app/a.txt"]),
        ("pip-sync", ["/app/requirements.txt"]),
        ("pip install --group main", ["/app/pyproject.toml"]),
        ("pip install --group lib/pyproject.toml:main", ["/app/lib/pyproject.toml"]),
        ("uv pip install --group main", ["/app/pyproject.toml"]),
        ("conda env create -f e.yml", ["/app/e.yml"]),
        ("conda install --file a.txt", ["/app/a.txt"]),
        ("xargs -a a.txt apt-get install -y", ["/app/a.txt"]),
        ("xargs -ra a.txt apt-get install -y", ["/app/a.txt"]),
        ("xargs -r0a a.txt -n 9 apt-get install -y", ["/app/a.txt"]),
        ("xargs -aa.txt apt-get install -y", ["/app/a.txt"]),
        ("xargs -ra/srv/a.txt apt-get install -y", ["/srv/a.txt"]),
        ("xargs --arg-file=a.txt apt-get install -y", ["/app/a.txt"]),
        ("xargs -r apt-get install -y -a", []),
        ("xargs -n 1 pip install < a.txt", ["/app/a.txt"]),
        ("cat a.txt b.txt | sort -u | xargs npm i -g", ["/app/a.txt", "/app/b.txt"]),
        ("grep -v '^#' a.txt | xargs -I{} pip install {}", ["/app/a.txt"]),
        ("apk add $(cat a.txt) `sed -e s/x/y/ b.txt`", ["/app/a.txt", "/app/b.txt"]),
        ("pip install -r <(grep -v x a.txt)", ["/app/a.txt"]),
        ("cd x && pip install a==$(head -n 1 VERSION)", ["/app/x/VERSION"]),
        ("apt-get install -y a-$(grep -o x /etc/os-release) $(cat a.txt)", ["/app/a.txt"]),
        ("go mod download", ["/app/go.mod", "/app/go.sum"]),
        ("npm ci", ["/app/package.json", "/app/package-lock.json", "/app/.npmrc"]),
        ("npm --prefix web ci", ["/app/web/package.json", "/app/web/package-lock.json"]),
        ("yarn --cwd web", ["/app/web/yarn.lock", "/app/web/.yarn/**"]),
        ("pnpm fetch", ["/app/pnpm-lock.yaml"]),
        ("bundle install", ["/app/Gemfile", "/app/Gemfile.lock"]),
        ("BUNDLE_GEMFILE=x/Gemfile bundle install", ["/app/x/Gemfile", "/app/x/Gemfile.lock"]),
        ("export BUNDLE_GEMFILE=/b/G; bundle", ["/b/G", "/b/G.lock", "/b/*.gemspec"]),
        ("bundle install --gemfile G", ["/app/G", "/app/G.lock"]),
        ("BUNDLE_GEMFILE= bundle install", ["/app/Gemfile", "/app/Gemfile.lock"]),
        ("composer install -d /srv", ["/srv/composer.json", "/srv/composer.lock"]),
        ("uv sync", ["/app/pyproject.toml", "/app/uv.lock"]),
        ("poetry install", ["/app/pyproject.toml", "/app/poetry.lock"]),
        ("pipenv sync", ["/app/Pipfile", "/app/Pipfile.lock"]),
        ("cargo fetch", ["/app/**/Cargo.toml", "/app/Cargo.lock"]),
        ("cargo chef cook --release --recipe-path r.json", ["/app/r.json"]),
        ("mvn -f sub/pom.xml -s s.xml package", ["/app/sub/**/pom.xml", "/app/s.xml"]),
        ("./gradlew build", ["/app/**/build.gradle", "/app/gradle/**"]),
        ("dotnet restore a/b.csproj", ["/app/a/b.csproj", "/app/NuGet.config"]),
        ("go install tool", ["/app/go.mod", "/app/go.sum"]),
        ("mix deps.get", ["/app/mix.exs", "/app/mix.lock"]),
        ("sbt update", ["/app/**/build.sbt"]),
        ("stack build --only-dependencies", ["/app/stack.yaml"]),
        ("cpanm --installdeps .", ["/app/cpanfile"]),
        ("lein with-profile prod deps", ["/app/project.clj"]),
        ("cd web && flutter pub get", ["/app/web/pubspec.yaml", "/app/web/pubspec.lock"]),
        ("deno install --frozen", ["/app/deno.json", "/app/deno.lock"]),
        ("Rscript -e 'renv::restore()'", ["/app/renv.lock", "/app/renv/settings.*"]),
    ],
)
def test_files_that_say_what_to_install(script: str, files: list[str]) -> None:
    found = install(script).manifests
    assert set(files) <= {place.path for place in found}
    assert all(place.glob == ("*" in place.form) for place in found)


@pytest.mark.parametrize(
    "script",
    [
        "yes | pip install a",
        "make -j$(grep -c x /proc/cpuinfo) && pip install a",
        "npm install -g a",
        "npm i a",
        "go install a@v1.0.0",
        "yarn global add a",
    ],
)
def test_named_packages_need_no_project(script: str) -> None:
    assert not install(script).manifests


@pytest.mark.parametrize(
    ("script", "projects"),
    [
        ("pip install .", ["/app"]),
        ("pip install -e '.[dev]' ./lib a", ["/app/lib", "/app"]),
        ("pip install ./dist/a.whl", []),
        ("pip install $(grep -e x ./r.txt)", []),
        ("dotnet publish /p:Version=1 /v:q sub/a.csproj", ["/app/sub/a.csproj"]),
        ("dotnet publish --self-contained true a.sln", ["/app/a.sln"]),
        ("pip wheel /src", ["/src"]),
        ("uv pip install -e lib", ["/app/lib"]),
        ("uv sync", ["/app"]),
        ("uv sync --no-install-project", []),
        ("poetry install --no-root", []),
        ("poetry install", ["/app"]),
        (
            "poetry install --only main",
            ["/app"],
        ),  # the groups of dependencies, and the project as ever
        ("go build ./cmd/a", ["/app"]),
        ("go get -d ./...", ["/app"]),
        ("go mod download", []),
        ("mvn package", ["/app"]),
        ("cargo build --manifest-path sub/Cargo.toml", ["/app/sub"]),
        ("cargo install --path sub", ["/app/sub"]),
        ("dotnet publish sub/a.csproj -c Release", ["/app/sub/a.csproj"]),
        ("npm ci", []),
    ],
)
def test_projects(script: str, projects: list[str]) -> None:
    assert [place.path for place in install(script).projects] == projects


@pytest.mark.parametrize(
    ("script", "hidden"),
    [
        ("go build", True),
        ("go install ./cmd/a", False),
        ("go install tool", False),
        ("mvn -B -DskipTests clean package", True),
        ("mvn dependency:go-offline", False),
        ("sh mvnw verify", True),
        ("./gradlew :app:bootJar", True),
        ("./gradlew dependencies", False),
        ("cargo build", True),
        ("dotnet publish", True),
        ("sbt assembly", True),
        ("stack build", True),
        ("lein do clean, uberjar", True),
        ("lein deps", False),
        ("dart pub get", False),
    ],
)
def test_installs_hidden_in_builds(script: str, *, hidden: bool) -> None:
    assert install(script).hidden is hidden


@pytest.mark.parametrize(
    ("script", "locked"),
    [
        ("npm ci", True),
        ("npm install", False),
        ("yarn install", False),
        ("yarn install --frozen-lockfile", True),
        ("yarn --immutable", True),
        ("yarn --no-immutable", False),
        ("pnpm install", False),
        ("pnpm install --frozen-lockfile", True),
        ("pnpm install --no-frozen-lockfile", False),
        ("CI=true pnpm install", True),
        ("CI=true pnpm install --no-frozen-lockfile", False),
        ("bun install --frozen-lockfile", True),
        ("uv sync", False),
        ("uv sync --locked", True),
        ("export UV_FROZEN=1; uv sync", True),
        ("UV_FROZEN=0 uv sync", False),
        ("poetry install", True),
        ("poetry update", False),
        ("pipenv install --deploy", True),
        ("pipenv install", False),
        ("pdm sync", True),
        ("bundle install", False),
        ("bundle install --deployment", True),
        ("bundle config set --local frozen true && bundle install", True),
        ("bundle config --global deployment 1; bundle install", True),
        ("BUNDLE_FROZEN=true bundle install", True),
        ("composer install", True),
        ("composer update", False),
        ("cargo build --locked", True),
        ("cargo build", False),
        ("dotnet restore --locked-mode", True),
        ("dotnet restore", False),
        ("go mod download", True),
        ("pip install -r a.txt", None),
        ("pip install --require-hashes -r a.txt", True),
        ("apt-get install a", None),
        ("mvn package", None),
    ],
)
def test_who_keeps_to_a_lock_file(script: str, *, locked: bool | None) -> None:
    assert install(script).locked is locked


@pytest.mark.parametrize(
    ("script", "dev"),
    [
        ("npm ci", True),
        ("npm ci --omit=dev", False),
        ("npm ci --omit dev --omit=optional", False),
        ("npm ci --omit=optional", True),
        ("npm install --production", False),
        ("npm install --only=prod", False),
        ("NODE_ENV=production npm ci", False),
        ("NODE_ENV=production npm ci --include=dev", True),
        ("NODE_ENV=development npm ci", True),
        ("npm install -g a", None),
        ("yarn --production", False),
        ("yarn --production=false", True),
        ("yarn workspaces focus --production", False),
        ("pnpm i -P", False),
        ("composer install --no-dev", False),
        ("composer install", True),
        ("bundle config set without 'development test'; bundle install", False),
        ("bundle install --without test development", False),
        ("bundle install", True),
        ("uv sync", True),
        ("uv sync --no-dev", False),
        ("uv sync --no-group dev", False),
        ("uv sync --no-group=docs --no-group=dev", False),
        ("uv sync --no-group docs", True),
        ("uv pip install a", None),
        ("uv pip install --group main", None),
        ("uv pip sync a.txt", None),
        ("poetry install --without docs", True),
        ("poetry install --without docs,dev", False),
        ("poetry install --only main", False),
        ("pipenv install", False),
        ("pipenv install --dev", True),
        ("MIX_ENV=prod mix deps.get", False),
        ("mix deps.get --only prod", False),
        ("pip install a", None),
        ("go build", None),
    ],
)
def test_who_brings_development_dependencies(script: str, *, dev: bool | None) -> None:
    assert install(script).dev is dev


@pytest.mark.parametrize(
    ("script", "manager", "packages"),
    [
        ("apt-get purge -y --auto-remove a b", "apt", ["a", "b"]),
        ("apt-get autoremove -y", "apt", []),
        ("apk del .deps", "apk", [".deps"]),
        ("dnf remove -y a", "dnf", ["a"]),
        ("pip uninstall -y a", "pip", ["a"]),
        ("npm prune --production", "npm", []),
        ("dpkg --purge a", "dpkg", ["a"]),
        ("rpm -e a", "rpm", ["a"]),
        ("pacman -Rns a", "pacman", ["a"]),
    ],
)
def test_removals(script: str, manager: str, packages: list[str]) -> None:
    (found,) = effects(read_script(Mapped(script))).of(Remove)
    assert (found.manager, [one.name for one in found.packages]) == (manager, packages)


@pytest.mark.parametrize(
    ("script", "manager"),
    [
        ("apt-get update -qq", "apt"),
        ("apk update", "apk"),
        ("apk add -U a", "apk"),
        ("apk --update add a", "apk"),
        ("dnf makecache", "dnf"),
        ("zypper ref", "zypper"),
        ("pacman -Syu --noconfirm", "pacman"),
        ("opam update", "opam"),
    ],
)
def test_refreshes(script: str, manager: str) -> None:
    assert [one.manager for one in effects(read_script(Mapped(script))).of(Refresh)] == [manager]


@pytest.mark.parametrize(
    "script",
    [
        "apt-get upgrade -y",
        "apk upgrade",
        "apk -U upgrade",
        "dnf update -y",
        "pacman -Syu",
        "zypper up",
    ],
)
def test_upgrades(script: str) -> None:
    assert install(script).upgrade


def test_virtual_packages_have_a_name() -> None:
    assert install("apk add --no-cache --virtual .deps a").group == ".deps"


MODULES = sorted(
    path.stem
    for path in Path(managers.__file__).parent.glob("*.py")
    if "\nmanager = Manager(" in path.read_text()
)


def test_each_module_of_a_manager_is_found() -> None:
    found = [import_module(f"dlint.shell.managers.{module}").manager for module in MODULES]
    assert list(MANAGERS) == found


@pytest.mark.parametrize("module", MODULES)
def test_what_is_read_in_a_module_is_what_it_says(module) -> None:
    manager = import_module(f"dlint.shell.managers.{module}").manager
    assert f"{module}_".startswith(f"{manager.name}_")
    assert by_name(manager.name).name == manager.name
    assert all(by_command(command) is manager for command in manager.commands)
    assert all(by_interpreter(program) is manager for program in manager.interpreters)


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager.commands[0])
def test_a_manager_is_whole(manager) -> None:
    assert all(cache.defaults for cache in manager.caches)
    assert all(
        verb.does in {"install", "refresh", "remove", "clean", "build"} for verb in manager.verbs
    )
    kinds = {cache.kind for cache in manager.caches}
    assert all(kinds.issuperset(verb.cleans) for verb in manager.verbs)
    assert set(manager.commands).issuperset(manager.versioned)
    assert all(set(manager.commands).issuperset(started) for started in manager.launchers.values())
    assert bool(manager.interpreters) == bool(manager.code)


def left(script: str) -> list[CacheLeft]:
    return list(effects(read_script(Mapped(script), "bash"), home="/root").of(CacheLeft))


@pytest.mark.parametrize(
    "manager", [each for each in MANAGERS if each.cleanup], ids=lambda manager: manager.name
)
def test_what_empties_the_caches_is_known_to_empty_them(manager) -> None:
    fills = {verb.does: verb.words for verb in reversed(manager.verbs) if verb.words}
    program = manager.commands[0]
    script = " && ".join(
        f"{program} {fills[does]} x" for does in ("refresh", "install") if does in fills
    )
    assert left(script)
    assert not left(f"{script} && {manager.empties(program)}")


@pytest.mark.parametrize(
    "manager", [each for each in MANAGERS if each.no_cache], ids=lambda manager: manager.name
)
def test_the_flag_that_keeps_caches_away_is_known_to_do_so(manager) -> None:
    for verb in sorted(manager.no_cache.verbs):
        given = [manager.commands[0], verb, manager.no_cache.name, "x"]
        assert not left(" ".join(given))
        assert manager.keeps_no_cache(given)
        assert not manager.keeps_no_cache(given[:2])


def test_a_flag_may_be_shortened_as_far_as_the_manager_takes_it() -> None:
    pip = by_name("pip").no_cache
    assert [
        word
        for word in ("--no-cache", "--no-c", "--no-", "--no-cached", "x")
        if pip.is_meant_by(word)
    ] == ["--no-cache", "--no-c"]


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("apt", "--mount=type=cache,target=/c,sharing=locked"),
        ("dnf", "--mount=type=cache,target=/c,sharing=locked"),
        ("npm", "--mount=type=cache,target=/c"),
    ],
)
def test_a_cache_mount_is_locked_where_a_manager_must_be_alone(name: str, option: str) -> None:
    assert by_name(name).cache_mount("/c") == option


@pytest.mark.parametrize(
    ("name", "family"), [("uv", "python"), ("pnpm", "node"), ("cargo", "cargo"), ("apt", "apt")]
)
def test_managers_of_a_family_share_what_they_install(name: str, family: str) -> None:
    assert by_name(name).family == family


def test_an_effect_knows_its_manager() -> None:
    found = install("pip install flask")
    assert found.managed_by is by_name("pip")
    with pytest.raises(KeyError):
        _ = found._replace(manager="nobody").managed_by


def test_no_two_managers_have_one_command() -> None:
    commands = [command for manager in MANAGERS for command in manager.commands]
    assert len(commands) == len(set(commands))


def test_switches_and_the_systems_own_files_are_no_manifests() -> None:
    found = install("dotnet publish /p:Version=$V sub/a.csproj").manifests
    assert not any(":" in place.form for place in found)
    assert not install("apt-get install -y a-$(grep -o x /etc/os-release)").manifests


@pytest.mark.parametrize(
    ("script", "removed", "installed"),
    [
        ("dnf swap -y curl-minimal curl", {"curl-minimal"}, {"curl"}),
        ("dnf -y swap --allowerasing curl-minimal curl", {"curl-minimal"}, {"curl"}),
        ("yum swap -y old new more", {"old"}, {"new", "more"}),
        ("yum swap -y -- remove a b -- install c d", {"a", "b"}, {"c", "d"}),
        ("dnf install -y swap curl", set(), {"swap", "curl"}),
    ],
)
def test_one_package_in_place_of_another(
    script: str, removed: set[str], installed: set[str]
) -> None:
    found = effects(read_script(Mapped(script)))
    assert {name for each in found.of(Remove) for name in each.names} == removed
    assert {name for each in found.of(Install) for name in each.names} == installed
    assert not found.of(Unknown)
