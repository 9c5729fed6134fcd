r"""apt installs what packages recommend, too, since nothing tells it not to.

A recommended package is one that most users of a desktop or server want beside another; an image seldom does. Debian
and Ubuntu install them by default, and what they need as well: mail servers, documentation tools, icon themes.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y graphviz && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install --no-install-recommends -y graphviz && rm -rf /var/lib/apt/lists/*
```

Without `ca-certificates`, which `curl`, `wget` and `git` recommend, these cannot speak HTTPS, so the fix names it.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y \
        curl \
        graphviz \
    && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install --no-install-recommends -y \
        ca-certificates \
        curl \
        graphviz \
    && rm -rf /var/lib/apt/lists/*
```

How sure: that they would be installed is certain, unless the base image brings a setting of its own. A setting of the
file's (`APT::Install-Recommends`), wherever it stands, is respected. Packages that recommend nothing in Debian 13, nor
does what they need, are left alone; the bytes are those of the package of the list that brings the most there, and not
given for packages that are not among the hundred most often installed.

When not to follow it: where another recommended package is needed; name it then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import (
    Basis,
    Cost,
    Edit,
    Finding,
    Fix,
    Install,
    Remove,
    Rule,
    Run,
    Safety,
    Severity,
    Span,
    put_behind,
    regex,
    said,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Command, Context, Effects, Stage, Step

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=Safety.UNSAFE, aliases=("DL3015",))

_PROGRAMS = frozenset(("apt", "apt-get"))
# What recommended packages add to an image of Debian 13 that holds no more than it must, with all that these need: the
# sum of the .debs in kB. A layer takes 1.26 times a .deb's bytes (the median of 29).
_ADDED = """
curl 2487 wget 1964 git 5312 build-essential 9402 gnupg 773 gnupg2 773 gcc 8835 zlib1g-dev 3515 procps 286 g++ 3515
autoconf 934 python3-pip 101011 python3 1683 openssh-client 1560 libsqlite3-dev 3515 libcurl4-openssl-dev 6008
libreadline-dev 3529 dpkg-dev 74930 libbz2-dev 4020 libtool 13493 libncurses5-dev 3529 libpq-dev 1871 libc6-dev 3515
libc-dev 3515 cmake 62932 imagemagick 34713 iptables 541 libkrb5-dev 3616 libjpeg-dev 3515 libglib2.0-dev 6709
r-base 230303 r-base-dev 137947 libmagickwand-dev 83284 libmagickcore-dev 83284 dirmngr 3344 python3-dev 5203
xfsprogs 5723 groff 65416 libgeoip-dev 3064 mercurial 5506 gettext 6919 xvfb 20836 llvm 76561 ruby 3534 ruby-dev 5721
clang 95987 openssh-server 4564 apache2 2674 supervisor 1683 graphviz 4493 flex 60185 python3-setuptools 1683 gdb 5252
gfortran 3515 default-libmysqlclient-dev 3515 maven 13149 libopencv-dev 58050 libboost-all-dev 6923 ffmpeg 64524
default-jdk 34991 npm 230294 subversion 167
"""
_KILOBYTES = dict(zip(_ADDED.split()[::2], map(int, _ADDED.split()[1::2]), strict=True))
_PER_DEB = 1.26
_ALONE = """
apt-transport-https apt-utils bash bash-completion bc binutils bison bzip2 ca-certificates coreutils dumb-init
fakeroot file fontconfig gawk gettext-base gosu gzip jq less libargon2-dev libasound2 libbz2-1.0 libcap-dev libdb-dev
libevent-dev libexpat1 libffi-dev libfreetype6 libgbm1 libgmp-dev libgomp1 libjemalloc-dev libjemalloc2 liblzma-dev
libnss3 libonig-dev libseccomp-dev libsodium-dev libssl-dev libstdc++6 libwebp-dev libxext6 libxml2-dev libxml2-utils
libyaml-dev locales lsb-release make net-tools netbase netcat ninja-build openssl patch pigz pkg-config re2c rsync
sgml-base socat sqlite3 sudo tar tini tzdata unzip xz-utils zlib1g zstd
"""
_RECOMMEND_NOTHING = frozenset(_ALONE.split())
_SPEAK_HTTPS = frozenset(("curl", "git", "wget"))  # that recommend ca-certificates
_WANTED = regex(r"#.*\brecommends")  # somebody has thought about it


@rule.on(Run)
def recommended(run: Run, context: Context) -> Iterator[Finding]:
    """Report installs that take recommended packages along."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage):
        return
    found = [
        each
        for each in build.effects(run).of(Install)
        if each.command.name in _PROGRAMS and _may_bring(each, build.effects(run)) and _takes(each.command)
    ]
    source = build.dockerfile.source
    if not found or "Install-Recommends" in source.text or _WANTED.search(source[run.span]):
        return
    words = [word for each in found for word in each.command.args if word.raw == "install"]
    edits = [put_behind(build, run, word, "--no-install-recommends") for word in words]
    certificates = _certificates(build, stage, run, found)
    fix = Fix("leave recommended packages out", (*edits, *certificates), Safety.UNSAFE)
    kilobytes = max(_KILOBYTES.get(one.name, 0) for each in found for one in each.packages)
    size = round(kilobytes * 1000 * _PER_DEB)
    yield Finding(
        run,
        f"{said(found[0].command)} installs what its packages recommend, too",
        cost=Cost(size, size, Basis.GUESSED) if size else None,
        fix=fix if len(words) == len(found) else None,
    )


def _certificates(build: Build, stage: Stage, run: Run, found: list[Install]) -> Iterator[Edit]:
    """Yield an edit that names the certificates before the first package that brings them by recommending them."""
    source = build.dockerfile.source
    if "ca-certificates" in source.text or any(_speak_https(build, step) for step in _above(build, stage, run)):
        return
    word = next((word for each in found for word in each.command.args if word.form in _SPEAK_HTTPS), None)
    if word is not None:
        start = word.span.start
        lead = source.text[source.line_span(source.line(start)).start : start]
        if run.json is None and not lead.strip():
            yield Edit(Span(start, start), f"ca-certificates {build.dockerfile.escape}\n{lead}")
        elif run.json is None:
            yield Edit(Span(start, start), "ca-certificates ")
        else:
            yield put_behind(build, run, word, "ca-certificates")


def _above(build: Build, stage: Stage, run: Run) -> Iterator[Step]:
    for step in build.chain(stage):
        if step.instruction is run:
            return
        yield step


def _speak_https(build: Build, step: Step) -> bool:
    """Tell whether a RUN has installed what brings the certificates already."""
    if not isinstance(step.instruction, Run):
        return False
    installs = build.effects(step.instruction, step.state).of(Install)
    return any(_takes(each.command) and any(one.name in _SPEAK_HTTPS for one in each.packages) for each in installs)


def _may_bring(install: Install, effects: Effects) -> bool:
    """Tell whether something that it names may recommend others, and stays with them."""
    names = {one.name for one in install.packages if one.kind == "index"} - _RECOMMEND_NOTHING
    removed = {
        one.name
        for each in effects.of(Remove)
        if each.manager == "apt" and any("auto" in word.form for word in each.command.args)
        for one in each.packages
    }
    return bool(names - removed)


def _takes(command: Command) -> bool:
    """Tell whether the command is an install that nothing keeps from it; an unknown word may be a flag."""
    words = [word.form for word in command.args]
    if "install" not in words or any(word.text is None and word.form.startswith("$") for word in command.args):
        return False
    return command.certain and not any("ecommends" in word for word in words)
