"""What a RUN's commands do to the image."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, strategies as st

from dlint.shell import (
    CacheKept,
    CacheLeft,
    Clean,
    Clone,
    Create,
    Delete,
    Effects,
    Extract,
    Fetch,
    Place,
    Rewrite,
    Unknown,
)
from dlint.shell.judge import deletes, effects, emptied
from dlint.shell.reader import read_script
from dlint.text.source import Mapped


class Mount(NamedTuple):
    target: str
    type: str = "cache"


def judge(script: str, *mounts: Mount, user: str = "root", **env: str) -> Effects:
    home = "/root" if user == "root" else f"/home/{user}"
    read = read_script(Mapped(script), "bash", {"HOME": home, **env})
    return effects(read, user=user, home=home, env=env, workdir="/app", mounts=mounts)


def written(place: Place) -> str:
    return place.path if place.path is not None else f"? {place.form}"


def left(script: str, *mounts: Mount, user: str = "root", **env: str) -> list[str]:
    return [
        f"{one.manager} {one.path}"
        for one in judge(script, *mounts, user=user, **env).of(CacheLeft)
    ]


@pytest.mark.parametrize(
    ("script", "caches"),
    [
        ("apt-get update && apt-get install -y a", ["apt /var/lib/apt/lists"]),
        ("apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*", []),
        ("apt-get update && apt-get install -y a && rm -r /var/lib/apt/lists", []),
        ("apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/", []),
        ("apt-get update; apt-get install -y a; rm -rf /var/lib/apt", []),
        ("apt-get update; apt-get install -y a; rm -rf /var/lib/apt/lists/*_*", []),
        ("apt-get update; apt-get install -y a; rm -rf /var/{cache,lib}/apt/*", []),
        ("apt-get update; apt-get install -y a; rm -rf /var/lib/*/lists", []),
        (
            "apt-get update; apt-get install -y a; rm /var/lib/apt/lists/partial",
            ["apt /var/lib/apt/lists"],
        ),
        ("apt-get update; apt-get install -y a; cd /var/lib/apt && rm -rf lists", []),
        ("apt-get update; apt-get install -y a; find /var/lib/apt/lists -type f -delete", []),
        (
            "apt-get update; apt-get install -y a; find /var/lib/apt/lists -mindepth 1 -exec rm -rf {} +",
            [],
        ),
        ("apt-get update; apt-get install -y a; find /var/lib/apt/lists | xargs rm -rf", []),
        (
            "apt-get update; apt-get install -y a; find /var/lib/apt/lists -name x -delete",
            ["apt /var/lib/apt/lists"],
        ),
        (
            "rm -rf /var/lib/apt/lists/* && apt-get update && apt-get install -y a",
            ["apt /var/lib/apt/lists"],
        ),
        ("apt-get update && apt-get install -y a && apt-get clean", ["apt /var/lib/apt/lists"]),
        ("apt-get update; apt-get install -y a; apt-get dist-clean", []),
        ("apt-get install -y a", []),
        ("apt-get update && /usr/local/bin/cleanup.sh", []),
        ("apt-get update && make", ["apt /var/lib/apt/lists"]),
        ("apt-get update && if true; then rm -rf /var/lib/apt/lists; fi", []),
        ("rm -f /etc/apt/apt.conf.d/docker-clean; apt-get install -y a", ["apt /var/cache/apt"]),
        ("rm -f /etc/apt/apt.conf.d/docker-clean; apt-get install -y a; apt-get clean", []),
        ("apk add a", ["apk /var/cache/apk"]),
        ("apk add --no-cache a", []),
        ("apk update && apk add --no-cache a", ["apk /var/cache/apk"]),
        ("apk add -U a && rm -rf /var/cache/apk/*", []),
        ("dnf install -y a", ["dnf /var/cache/dnf"]),
        ("dnf install -y a && dnf clean all", []),
        ("yum install -y a && yum clean metadata", ["dnf /var/cache/dnf"]),
        ("yum install -y a && rm -rf /var/cache/yum", []),
        ("dnf --setopt=cachedir=/c install -y a", ["dnf /c"]),
        ("microdnf --setopt cachedir=/c --setopt=install_weak_deps=0 install -y a", ["dnf /c"]),
        ("dnf --setopt=install_weak_deps=0 install -y a", ["dnf /var/cache/dnf"]),
        ("dnf --setopt=cachedir=/c install -y a && dnf clean all", ["dnf /c"]),
        ("dnf --setopt=cachedir=/c install -y a && dnf --setopt=cachedir=/c clean all", []),
        ("yum --setopt=cachedir=/c install -y a && rm -rf /c", []),
        ("zypper in -y a && zypper clean -a", []),
        (
            "pacman -Syu --noconfirm a",
            ["pacman /var/lib/pacman/sync", "pacman /var/cache/pacman/pkg"],
        ),
        ("pacman -S --noconfirm a && pacman -Scc --noconfirm", []),
        ("pip install a", ["pip /root/.cache/pip"]),
        ("pip install --no-cache-dir a", []),
        ("pip --no-cache-dir install a", []),
        ("pipx install --pip-args=--no-cache-dir a", []),
        ("pipx install --pip-args '-i https://a.test --no-cache-dir' a", []),
        ("pipx install --pip-args='-i https://a.test' a", ["pipx /root/.cache/pip"]),
        ("PIP_NO_CACHE_DIR=1 pip install a", []),
        ("export PIP_NO_CACHE_DIR=off; pip install a", []),
        ("pip install --cache-dir /c a", ["pip /c"]),
        ("PIP_CACHE_DIR=/c pip install a && rm -rf /c", []),
        ("pip install a && rm -rf ~/.cache", []),
        ("pip install a && rm -rf $HOME/.cache/pip", []),
        ("pip install a && rm -rf ~/.cache/pip", []),
        ("pip install a && mv $(which tar)~ /x", ["pip /root/.cache/pip"]),  # a backup, no home
        ("pip install a && rm -rf /root/.cache/*", []),
        ("pip install a && rm -rf /root/*", ["pip /root/.cache/pip"]),
        ("pip install a && rm -rf /root/.c*", []),
        ("pip install a && rm -rf /root/.cache/pip/http", []),
        ("pip install a && pip cache purge", []),
        ("pip cache purge && pip install a", ["pip /root/.cache/pip"]),
        ("PIP_CACHE_DIR=/c pip install a && pip cache purge", ["pip /c"]),
        ("PIP_CACHE_DIR=/c pip install a && PIP_CACHE_DIR=/c pip cache purge", []),
        ("export PIP_CACHE_DIR=/c && pip install a && pip cache purge", []),
        ("PIP_CACHE_DIR=/c pip install a && PIP_CACHE_DIR=$X pip cache purge", []),
        ("pip install a && PIP_CACHE_DIR=/c pip cache purge", ["pip /root/.cache/pip"]),
        ("npm ci --cache /c && npm cache clean --force --cache /c", []),
        ("/opt/conda/bin/conda install -y a && conda clean -afy", []),
        (
            "apt-get update; apt-get install -y p; pip install a; rm -rf /var/lib/apt/lists/*",
            ["pip /root/.cache/pip"],
        ),
        ("pip config set global.no-cache-dir true && pip install a", []),
        ("uv pip install a", ["uv /root/.cache/uv"]),
        ("uv sync --no-cache", []),
        ("UV_NO_CACHE=1 uv sync", []),
        ("uv sync && uv cache clean", []),
        ("poetry install --no-cache", ["poetry /root/.cache/pypoetry/artifacts"]),
        ("poetry install && rm -rf ~/.cache/pypoetry", []),
        ("npm ci", ["npm /root/.npm"]),
        ("npm ci && npm cache clean --force", []),
        ("npm ci && rm -rf /root/.npm/_cacache", []),
        ("npm config set cache /c && npm ci", ["npm /c"]),
        ("npm ci --cache /c && rm -rf /c", []),
        ("yarn install && yarn cache clean", []),
        ("yarn install", ["yarn /usr/local/share/.cache/yarn"]),
        ("yarn install && rm -rf /usr/local/share/.cache", []),
        ("YARN_CACHE_FOLDER=/c yarn install", ["yarn /c"]),
        ("pnpm install", ["pnpm /root/.local/share/pnpm/store"]),
        ("conda install -y a && conda clean -afy", []),
        ("conda install -y a && conda clean --all --yes", []),
        ("conda install -y a && rm -rf ${CONDA_DIR}/pkgs", []),
        ("CONDA_DIR=/c; export CONDA_DIR; conda install -y a", ["conda /c/pkgs"]),
        ("go mod download", ["go /go/pkg/mod", "go /root/.cache/go-build"]),
        ("go mod download && go clean -modcache", ["go /root/.cache/go-build"]),
        ("go build && go clean -cache -modcache", []),
        ("cargo build && rm -rf $CARGO_HOME/registry", []),
        ("mvn package -Dmaven.repo.local=/m", ["maven /m"]),
        ("mvn package && rm -rf ~/.m2", []),
        ("./gradlew build && rm -rf /root/.gradle/caches", []),
        ("dotnet restore && dotnet nuget locals all --clear", []),
        ("composer install && composer clear-cache", []),
        ("apk add --no-network a", []),
        ("gem install a && rm -rf /usr/local/bundle/cache/*.gem", []),
        ("GEM_HOME=/g gem install a", ["gem /g/cache"]),
        ("gem install a && find / -name '*.gem' -delete", []),
        ("gem install a && find /usr/local/bundle -type d -name cache -exec rm -rf {} +", []),
        (
            "gem install a && find /usr/local/bundle -not -name cache -delete",
            ["gem /usr/local/bundle/cache"],
        ),
        ("gem install a && find /opt -name cache -delete", ["gem /usr/local/bundle/cache"]),
        ("gem install a && rm -rf $(gem env gemdir)/cache", []),
        ("bundle install --deployment", ["bundler /app/vendor/bundle/ruby/*/cache"]),
        ("bundle install --path /b && rm -rf /b/ruby/*/cache", []),
        ("bundle config set path gems && bundle install && rm -rf gems/ruby/3.3.0/cache", []),
        ("pip install a && rm -rf $(pip cache dir)", []),
        ('pip3 install a && rm -rf "$(python3 -m pip cache dir)"/*', []),
        ("pip install a && rm -rf `npm config get cache`", ["pip /root/.cache/pip"]),
        ("pipenv sync && rm -rf $(pip cache dir)", ["pipenv /root/.cache/pipenv"]),
        ("pipenv sync && rm -rf ~/.cache/pipenv", []),
        ("pipenv sync && rm -rf ~/.cache", []),
        ("PIP_CACHE_DIR=/c pipenv sync", ["pipenv /root/.cache/pipenv"]),
        ("PIPENV_CACHE_DIR=/c XDG_CACHE_HOME=/x pipenv sync", ["pipenv /c"]),
        ("XDG_CACHE_HOME=/x pipenv sync", ["pipenv /x/pipenv"]),
        ("yarn && rm -rf $(yarn cache dir)", []),
        ("go install a.b/c@v1 && rm -rf $(go env GOCACHE)", ["go /go/pkg/mod"]),
        ("go install a.b/c@v1 && rm -rf $(go env GOCACHE) $(go env GOMODCACHE)", []),
        ("GOPATH=/g:/h go mod download", ["go /g/pkg/mod", "go /root/.cache/go-build"]),
        ("apt-get update && rm -rf ${LISTS:-/var/lib/apt/lists}/*", []),
        ("COMPOSER_CACHE_DIR=/dev/null composer install", []),
        ("mvn -Dmaven.repo.local=m2 package", ["maven /app/m2"]),
        ("HOME=/h/ pip install a", ["pip /h/.cache/pip"]),
        ("dotnet tool install --global a", []),
        ("uv run manage.py collectstatic", []),
        ("pip install a; for x in $(cat y); do pip install $x; done", ["pip /root/.cache/pip"]),
        (
            "curl -sL https://deb.nodesource.com/setup_20.x | bash - && apt-get install -y a",
            ["apt /var/lib/apt/lists"],
        ),
        ("curl https://example.com/setup_20.x | bash - && apt-get install -y a", []),
        (
            "curl -1sLf https://dl.example.com/public/a/setup.deb.sh | bash && apt-get install -y a",
            ["apt /var/lib/apt/lists"],
        ),
        (
            "wget -O s.sh https://deb.nodesource.com/setup_20.x && sh s.sh",
            ["apt /var/lib/apt/lists"],
        ),
        (
            "wget https://deb.nodesource.com/setup_9.x && chmod 755 setup_9.x && ./setup_9.x",
            ["apt /var/lib/apt/lists"],
        ),
        ("wget https://deb.nodesource.com/setup_20.x && chmod +x setup_20.x && ./setup.sh", []),
        ("npx -y playwright install --with-deps chromium", ["apt /var/lib/apt/lists"]),
        ("python -m playwright install-deps && apt-get clean && rm -rf /var/lib/apt/lists/*", []),
        ("playwright install chromium", []),
    ],
)
def test_caches_left(script: str, caches: list[str]) -> None:
    assert sorted(left(script)) == sorted(caches)


def test_caches_follow_user_and_environment() -> None:
    assert left("pip install a", user="app") == ["pip /home/app/.cache/pip"]
    assert left("yarn install", user="app") == ["yarn /home/app/.cache/yarn"]
    assert left("sudo -u app npm ci") == ["npm /home/app/.npm"]
    assert left("pip install a", XDG_CACHE_HOME="/x") == ["pip /x/pip"]
    assert left("pip install a", PIP_NO_CACHE_DIR="1") == []
    assert left("go build", GOPATH="/g", GOCACHE="/b") == ["go /g/pkg/mod", "go /b"]


@pytest.mark.parametrize(
    ("script", "certain"),
    [
        ("pip install a", True),
        ("if x; then pip install a; fi", False),
        ("if x; then pip install a; else pip install b; fi", True),
        ("if x; then pip install a; elif y; then pip install b; else pip install c; fi", True),
        ("if x; then pip install a; elif y; then pip install b; fi", False),
        ("if x; then pip install a; else pip install --no-cache-dir b; fi", False),
        ("if x; then pip install a; else y || pip install b; fi", False),
        ("if x; then pip install a; else echo no && exit 1; fi", True),
        ("if x; then pip install a; else pip check || exit 1; fi", False),
        ("if x; then pip install a; else exit 0; fi", False),
        ("y || if x; then pip install a; else pip install b; fi", False),
        ("pip install a; if x; then pip install b; fi", True),
        ("pip install a; pip cache purge; if x; then pip install b; fi", False),
    ],
)
def test_a_cache_is_surely_filled_if_each_branch_does(script: str, *, certain: bool) -> None:
    (cache,) = judge(script).of(CacheLeft)
    assert cache.certain is certain


def test_a_managers_own_settings_outlive_the_script() -> None:
    assert judge("npm config set cache /c -g && true").settings == {"npm_config_cache": "/c"}
    assert judge("npm config get cache").settings == {}


@pytest.mark.parametrize(
    ("earlier", "later", "emptied_by"),
    [
        ("apt-get update", "rm -rf /var/lib/apt/lists/*", "rm"),
        ("apt-get update", "apt-get clean", None),
        ("apt-get update", "apt-get install -y a", None),
        ("npm ci", "npm cache clean --force", "npm"),
        ("npm ci --cache /c", "npm cache clean --force", None),
        ("npm ci", "rm -rf /root/.npm/_cacache", "rm"),
        ("pip install a", "rm -rf /root/.npm", None),
    ],
)
def test_a_later_run_may_empty_a_cache(earlier: str, later: str, emptied_by: str | None) -> None:
    (cache,) = judge(earlier).of(CacheLeft)
    command = emptied(cache, judge(later))
    assert (command.name if command else None) == emptied_by


@pytest.mark.parametrize(
    ("script", "path", "taken"),
    [
        ("rm -rf /a", "/a", True),
        ("rm -rf /a", "/a/b", True),
        ("rm -rf /a/b", "/a", False),
        ("rm /a", "/a", True),
        ("rm /a", "/a/b", False),
        ("rm -rf /a/*", "/a", True),
        ("rm -rf /a/*", "/a/b/c", True),
        ("rm -rf /a/*", "/a/.b", False),
        ("rm -f /a/*.zip", "/a/b.zip", True),
        ("rm -f /a/*.zip", "/a/b.tgz", False),
        ("rm -f /a/[^b]*", "/a/c", True),
        ("rm -f '/a/*'", "/a/b", False),
        ("find /a -delete", "/a/b", True),
        ("find /a -name b -delete", "/a/b", False),
    ],
)
def test_what_a_deletion_takes(script: str, path: str, *, taken: bool) -> None:
    (found,) = judge(script).of(Delete)
    assert deletes(found, path) is taken


def test_an_unknown_place_is_not_invented() -> None:
    assert left("PIP_CACHE_DIR=$(pwd)/c pip install a") == []
    assert left("pip install --cache-dir $c a") == []


@pytest.mark.parametrize(
    ("script", "mounts", "kept"),
    [
        ("pip install a", [Mount("/root/.cache/pip")], "/root/.cache/pip"),
        ("pip install a", [Mount("/root/.cache")], "/root/.cache"),
        ("pip install a", [Mount("/root/.cache", "tmpfs")], "/root/.cache"),
        ("npm ci", [Mount("/root/.npm/_cacache")], "/root/.npm/_cacache"),
        ("yarn install", [Mount("/root/.cache/yarn/")], "/root/.cache/yarn"),
        ("apt-get update", [Mount("/var/lib/apt")], "/var/lib/apt"),
        ("apk add a", [Mount("/etc/apk/cache")], "/etc/apk/cache"),
        ("apt-get install -y a", [Mount("/var/cache/apt")], "/var/cache/apt"),
        ("mvn package", [Mount("../root/.m2")], "/root/.m2"),
    ],
)
def test_mounts_take_caches_up(script: str, mounts: list[Mount], kept: str) -> None:
    found = judge(script, *mounts)
    assert found.of(CacheLeft) == ()
    assert [one.mount for one in found.of(CacheKept)] == [kept]


@pytest.mark.parametrize(
    ("script", "mount"),
    [
        ("pip install a", Mount("/root/.cache/pip", "bind")),
        ("pip install a", Mount("/home/app/.cache/pip")),
        ("pip install a", Mount("/root/.cache/pipx")),
        ("npm ci", Mount("/app/node_modules")),
    ],
)
def test_other_mounts_do_not(script: str, mount: Mount) -> None:
    assert len(left(script, mount)) == 1


def test_a_mount_may_be_emptied_again() -> None:
    (kept,) = judge("pip install a; rm -rf /root/.cache", Mount("/root/.cache")).of(CacheKept)
    assert kept.emptied
    assert kept.emptied.name == "rm"
    (kept,) = judge("npm ci", Mount("/root/.npm")).of(CacheKept)
    assert kept.emptied is None


@pytest.mark.parametrize(
    ("script", "created"),
    [
        ("mkdir -p a/{b,c} /d -m 755", ["/app/a/b", "/app/a/c", "/d"]),
        (
            "python3.12 -m venv --upgrade-deps .venv && virtualenv -p python3 /opt/v",
            ["/app/.venv", "/opt/v"],
        ),
        ("touch a", ["/app/a"]),
        ("echo a > b; echo a >> /c 2>/dev/null", ["/app/b", "/c"]),
        ("cat <<EOF > /etc/a\nb\nEOF", ["/etc/a"]),
        ("echo a | tee -a /b /dev/stderr c", ["/b", "/app/c"]),
        ("cp a b", ["/app/b"]),
        ("cp a b /c/", ["/c/a", "/c/b"]),
        ("cp a b /c", ["/c/a", "/c/b"]),
        ("cp a .", ["/app/a"]),
        ("cp -r a/. /c", ["/c"]),
        ("cp -t /c a", ["/c/a"]),
        ("mv a /b", ["/b"]),
        ("ln -sf /a /usr/bin/b", ["/usr/bin/b"]),
        ("install -m 755 a /usr/bin/", ["/usr/bin/a"]),
        ("install -d -m 755 /a /b", ["/a", "/b"]),
        ("tar -xzf a.tgz -C /b", ["/b"]),
        ("tar xf a.tgz", ["/app"]),
        ("tar czf a.tgz b", ["/app/a.tgz"]),
        ("unzip -q a.zip -d b", ["/app/b"]),
        ("curl -fsSLo /a/b https://x.example/c", ["/a/b"]),
        ("curl -O https://x.example/c.tgz?d=1", ["/app/c.tgz"]),
        ("curl --output-dir /a -O https://x.example/c", ["/a/c"]),
        ("curl https://x.example/c > d", ["/app/d"]),
        ("curl https://x.example/c", []),
        ("wget https://x.example/c/d.zip", ["/app/d.zip"]),
        ("wget -qO /a https://x.example/c", ["/a"]),
        ("curl https://x.example/l | wget -qO /a -i -", ["/a"]),
        ("wget -qO- https://x.example/c", []),
        ("wget -P /a https://x.example/c", ["/a/c"]),
        ("git clone https://x.example/a/b.git", ["/app/b"]),
        ("git clone -b v1 --depth 1 https://x.example/a/b.git /c", ["/c"]),
        ("git -C /d clone git@x.example:a/b.git", ["/d/b"]),
        ("dd if=/dev/zero of=a bs=1M", ["/app/a"]),
        ("gunzip a.gz", ["/app/a"]),
        ("cd /x && touch a", ["/x/a"]),
        ("cd $x && touch a /b", ["? ?/a", "/b"]),
        ("touch $x/a ~/b", ["? /app/${x}/a", "/root/b"]),
        ("touch ../a ./b/../c", ["/a", "/app/c"]),
        ("useradd -m -d /srv/a a", ["/etc/passwd", "/etc/group", "/etc/shadow", "/srv/a"]),
        (
            "usermod --login a --home /srv/a --move-home b",
            ["/etc/passwd", "/etc/group", "/etc/shadow", "/srv/a"],
        ),
        ("usermod -md /srv/a b", ["/etc/passwd", "/etc/group", "/etc/shadow", "/srv/a"]),
        ("usermod -d /srv/a b", ["/etc/passwd", "/etc/group", "/etc/shadow"]),
    ],
)
def test_what_is_created(script: str, created: list[str]) -> None:
    assert [written(one.place) for one in judge(script).of(Create)] == created


@pytest.mark.parametrize(
    ("script", "deleted"),
    [
        ("rm -rf a /b/*", [("/app/a", True), ("/b/*", True)]),
        ("rm a", [("/app/a", False)]),
        ("rm -fr -- -a", [("/app/-a", True)]),
        ("rmdir a", [("/app/a", False)]),
        ("mv a b", [("/app/a", True)]),
        ("find /a -name b -delete", [("/a", True)]),
        ("find /a -type f | xargs rm", [("/a", True)]),
        ("list-junk | xargs rm -rf", [("? /app/${12}", True)]),
        ("gunzip a.gz", [("/app/a.gz", False)]),
        ("gunzip -k a.gz; gunzip -c b.gz > c", []),
        ("rm -rf /tmp/x-$v", [("? /tmp/x-${v}", True)]),
    ],
)
def test_what_is_deleted(script: str, deleted: list[tuple[str, bool]]) -> None:
    assert [(written(one.place), one.recursive) for one in judge(script).of(Delete)] == deleted


@pytest.mark.parametrize(
    ("script", "rewritten"),
    [
        (
            "chown -R app:app /a b",
            [("/a", "chown", True, "", "app:app"), ("/app/b", "chown", True, "", "app:app")],
        ),
        ("chmod +x a", [("/app/a", "chmod", False, "", "+x")]),
        ("chmod -x a", [("/app/a", "chmod", False, "", "-x")]),
        ("chmod -R g=u /a", [("/a", "chmod", True, "", "g=u")]),
        ("chgrp --recursive 0 /a", [("/a", "chgrp", True, "", "0")]),
        ("chown --reference=/r -R /a", [("/a", "chown", True, "", "/r")]),
        ("setfacl -R -m u:app:rx /a", [("/a", "setfacl", True, "", "u:app:rx")]),
        (
            "setcap cap_net_bind_service=+ep /a",
            [("/a", "setcap", False, "", "cap_net_bind_service=+ep")],
        ),
        (
            "setcap -r /a b",
            [("/a", "setcap", False, "", "-r"), ("/app/b", "setcap", False, "", "-r")],
        ),
        ("find /a -type d -exec chmod 755 {} \\;", [("/a", "chmod", True, "d", "755")]),
        (
            "find /a /b -exec chown app {} +",
            [("/a", "chown", True, "", "app"), ("/b", "chown", True, "", "app")],
        ),
        ("find /a -name '*.sh' | xargs chmod +x", [("/a", "chmod", True, "some", "+x")]),
        (
            "find /a -type f -print0 | xargs -0 -I{} chmod 644 {}",
            [("/a", "chmod", True, "f", "644")],
        ),
        (
            "sed -i 's/a/b/' c d",
            [("/app/c", "sed", False, "", None), ("/app/d", "sed", False, "", None)],
        ),
        ("sed -i -e s/a/b/ -e s/c/d/ e", [("/app/e", "sed", False, "", None)]),
        ("jar uvf a.jar b", [("/app/a.jar", "jar", False, "", None)]),
        ("jar -u -f a.jar b", [("/app/a.jar", "jar", False, "", None)]),
        ("jar cf a.jar b && jar tf a.jar", []),
        ("sed s/a/b/ c", []),
        ("perl -pi -e s/a/b/ c", [("/app/c", "perl", False, "", None)]),
        ("strip a", [("/app/a", "strip", False, "", None)]),
        ("touch a", [("/app/a", "touch", False, "", None)]),
        ("mv a b", [("/app/a", "mv", True, "", None)]),
        ("cp -a a b", [("/app/a", "cp", True, "", None)]),
        ("cp a b", []),
        (
            "for d in /a /b; do chmod -R 755 $d; done",
            [("/a", "chmod", True, "", "755"), ("/b", "chmod", True, "", "755")],
        ),
    ],
)
def test_what_is_stored_again(
    script: str, rewritten: list[tuple[str, str, bool, str, str | None]]
) -> None:
    found = judge(script).of(Rewrite)
    assert [
        (written(one.place), one.how, one.recursive, one.only, one.value) for one in found
    ] == rewritten


def test_copies_name_their_source() -> None:
    found = judge("cp a /b; mv c d /e/").of(Create)
    assert [(one.source.path if one.source else None, one.place.path) for one in found] == [
        ("/app/a", "/b"),
        ("/app/c", "/e/c"),
        ("/app/d", "/e/d"),
    ]


@pytest.mark.parametrize(
    ("script", "output", "verified"),
    [
        ("curl -o a https://x.example/a", "/app/a", False),
        ("curl -o a https://x.example/a && echo 'f  a' | sha256sum -c -", "/app/a", True),
        ("wget https://x.example/a && gpg --batch --verify a.asc a", "/app/a", True),
        ("sha256sum b; curl -o a https://x.example/a", "/app/a", False),
        ("curl https://x.example/a | sh", None, False),
        ("curl -sSL https://x.example/a | gpg --dearmor -o /k", None, False),
        ("wget -O- https://x.example/a > b", "/app/b", False),
    ],
)
def test_downloads(script: str, output: str | None, *, verified: bool) -> None:
    (found,) = judge(script).of(Fetch)
    assert found.url == "https://x.example/a"
    assert ((found.output.path if found.output else None), found.verified) == (output, verified)


@pytest.mark.parametrize(
    ("script", "depth", "branch", "pinned"),
    [
        ("git clone https://x.example/a", None, None, False),
        ("git clone --depth=1 --branch v1 https://x.example/a", 1, "v1", False),
        (
            "git clone https://x.example/a && cd a && git checkout 0123abcdef",
            None,
            "0123abcdef",
            True,
        ),
        ("git clone https://x.example/a && git -C a reset --hard $commit", None, "${commit}", True),
        ("git clone https://x.example/a && cd a && git checkout dev", None, "dev", False),
        ("git clone -b v1 https://x.example/a && cd a && git checkout -b dev", None, "v1", False),
        ("git clone https://x.example/a && git -C a switch -c dev v2", None, "v2", False),
        ("git clone https://x.example/a && git -C a checkout dev", None, "dev", False),
    ],
)
def test_clones(script: str, depth: int | None, branch: str | None, *, pinned: bool) -> None:
    (found,) = judge(script).of(Clone)
    assert (found.url, found.destination.path) == ("https://x.example/a", "/app/a")
    assert (found.depth, found.branch, found.pinned) == (depth, branch, pinned)


@pytest.mark.parametrize(
    ("script", "archive", "destination"),
    [
        ("tar -xzf a.tgz -C /b", "/app/a.tgz", "/b"),
        ("tar --extract --file=a.tgz --directory=/b", "/app/a.tgz", "/b"),
        ("tar xvf a.tgz", "/app/a.tgz", "/app"),
        ("tar xvfz a.tgz", "/app/a.tgz", "/app"),
        ("tar xfCz a.tgz /b", "/app/a.tgz", "/b"),
        ("curl https://x.example/a | tar xz -C /b", None, "/b"),
        ("tar -C /b -xf -", None, "/b"),
        ("unzip -o a.zip -d /b", "/app/a.zip", "/b"),
        ("7z x a.7z -o/b", "/app/a.7z", "/b"),
        ("jar xf a.jar", "/app/a.jar", "/app"),
        ("jar -xvf a.jar", "/app/a.jar", "/app"),
        ("jar --extract --file a.jar --dir /b", "/app/a.jar", "/b"),
        ("gunzip a.gz", "/app/a.gz", "/app/a"),
        ("xz -d a.xz", "/app/a.xz", "/app/a"),
    ],
)
def test_archives(script: str, archive: str | None, destination: str) -> None:
    (found,) = judge(script).of(Extract)
    assert (found.archive.path if found.archive else None, found.destination.path) == (
        archive,
        destination,
    )


@pytest.mark.parametrize(
    "script",
    [
        "make install",
        "./install.sh",
        "bash setup.sh",
        "$TOOL x",
        "npm run build",
        "python x.py",
        "curl u | sh",
        "git pull",
    ],
)
def test_what_may_do_anything(script: str) -> None:
    assert judge(script).of(Unknown)


@pytest.mark.parametrize(
    "script",
    [
        "set -ex; echo a",
        "apt-cache policy a",
        "node --version",
        "pip list",
        "cd /x",
        "test -f a",
        "git config --global a b",
    ],
)
def test_what_does_nothing(script: str) -> None:
    assert judge(script).items == ()


def test_managers_own_cleaning() -> None:
    found = judge("apt-get clean; npm cache clean --force; dnf clean all; go clean -modcache").of(
        Clean
    )
    assert [one.manager for one in found] == ["apt", "npm", "dnf", "go"]


def test_paths_that_are_mentioned() -> None:
    found = judge(
        "cd /x && apt-get install -y ./a.deb $(cat list) < in --root=/r; tool @conf file:///f"
    ).mentions
    assert {"/x", "/x/a.deb", "/x/list", "/x/in", "/r", "/x/conf", "/f"} <= found


def test_an_unread_script_has_no_effects() -> None:
    found = effects(read_script(Mapped("rm -r x"), "powershell"))
    assert (found.items, found.known) == ((), False)


def test_an_unknown_working_directory_makes_unknown_places() -> None:
    found = effects(read_script(Mapped("touch a /b; cd /c; touch d")), workdir=None)
    assert [written(one.place) for one in found.of(Create)] == ["? ?/a", "/b", "/c/d"]


PROGRAMS = [
    "apt-get",
    "pip",
    "npm",
    "rm",
    "find",
    "tar",
    "curl",
    "git",
    "chmod",
    "sed",
    "mv",
    "cp",
    "tee",
    "xargs",
]
WORDS = [
    "-rf",
    "-exec",
    "{}",
    "\\;",
    "install",
    "-r",
    "-C",
    "-o",
    "/a",
    "b",
    "$X",
    "*",
    "clone",
    "-",
    "--",
    "'",
    "=",
]
SCRIPTS = st.lists(st.sampled_from([*PROGRAMS, *WORDS, "&&", ";", "|"]), max_size=12).map(" ".join)


@given(SCRIPTS)
def test_nothing_raises(script: str) -> None:
    found = judge(script)
    for effect in found.items:
        assert 0 <= effect.span.start <= effect.span.end <= len(script)
    assert all(path.startswith("/") for path in found.mentions)


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ("apk add git make && apk del make", [{"git"}]),
        ("apk add --virtual .deps git && apk del .deps", []),
        ("pip install git && apt-get purge -y git", [{"git"}]),
    ],
)
def test_installs_without_what_is_removed_again(script: str, kept: list[set[str]]) -> None:
    assert [install.names for install in judge(script).kept_installs()] == kept
