"""What `bloat/archive-left` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, lines

if TYPE_CHECKING:
    from pathlib import Path


GUNZIPPED = (
    "curl -o /t/a.tar.gz https://e.io/a.tar.gz && gzip -d /t/a.tar.gz && tar -xf /t/a.tar -C /opt"
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # bloat/late-cleanup's
        ("ADD https://example.com/a.tgz /a.tgz\nRUN tar -xf /a.tgz && rm /a.tgz\n", []),
        ("COPY a.zip /t/\nRUN unzip /t/a.zip\nRUN rm -r /t\n", []),
        ("RUN curl -o /t/a.zip https://e.io/a.zip\nRUN unzip /t/a.zip && rm /t/a.zip\n", []),
        ("RUN curl -o /t/a.zip https://e.io/a.zip\nRUN unzip /t/a.zip || rm /t/a.zip\n", [2]),
        ("ADD https://example.com/a.tgz /a.tgz\nRUN tar -xf /a.tgz\n", [2]),
        ("RUN curl -O https://example.com/a.tgz && tar -xf a.tgz && rm a.tgz\n", []),
        ("RUN cd $D && curl -O https://example.com/a.tgz && tar -xf a.tgz && rm -rf $D\n", []),
        ("ADD https://e.io/a.tgz .\nRUN tar -xf a.tgz\n", [2]),
        ("COPY made/a.zip made/b /t/\nRUN unzip /t/a.zip\n", [2]),
        ("ADD made/a.tgz /t/\nRUN tar -xf /t/a.tgz\n", []),  # ADD has unpacked it
        ("ARG V\nADD https://e.io/${V}.tgz /t/\nRUN tar -xf /t/$V.tgz\n", [3]),
        ("RUN curl https://example.com/a.tgz | tar -x\n", []),
        # whichever branch downloads it
        ("RUN if $A; then curl -o /a.tgz https://e.io/x; fi; tar -xf /a.tgz\n", [2]),
        ("RUN if $A; then curl -o /a.tgz https://e.io/x && tar -xf /a.tgz; fi\n", []),
        ("RUN if $A; then curl -o /a.tgz https://e.io/x; fi; if $A; then tar -xf /a.tgz; fi\n", []),
        ("RUN if [ ! -f /a.tgz ]; then curl -o /a.tgz https://e.io/x; fi; tar -xf /a.tgz\n", []),
        ("RUN test -e a.tgz || wget https://e.io/a.tgz; tar -xf a.tgz\n", []),
        ("RUN curl -o /dev/shm/a.tgz https://e.io/a.tgz && tar -xf /dev/shm/a.tgz\n", []),
        ("RUN curl -o /devel/a.tgz https://e.io/a.tgz && tar -xf /devel/a.tgz\n", [2]),
        ("RUN curl -O https://example.com/a.tgz && tar -xf a.tgz && rm -rf /a*\n", []),
        ("RUN curl -O https://example.com/a.bz2 && bunzip2 -k a.bz2\n", []),
        (
            "RUN --mount=type=cache,target=/t cd /t && curl -O https://example.com/a-$V.tgz && tar -xf a-$V.tgz -C /\n",
            [],
        ),
        ("RUN curl -O https://e.io/a.tgz && tar -xf a.tgz && cd a && make && rm a.tgz\n", [2]),
        ("RUN curl -O https://e.io/a-1.tgz && tar -xf a-1.tgz && mv a-1 /opt/a\n", [2]),
        ("RUN curl -O https://e.io/a.tgz && tar xvfz a.tgz && mv a /opt\n", [2]),
        ("RUN cd $D && curl -O https://e.io/a.tgz && tar -xf a.tgz && rm -rf $D/*\n", []),
        ("RUN curl -O https://example.com/a-$V.tgz && tar -xf a-$V.tgz && rm *.tgz\n", []),
        ("RUN curl -O https://example.com/a-$V.tgz && tar -xf a-$V.tgz && rm *.zip\n", [2]),
        # gzip replaces it
        (f"RUN {GUNZIPPED} && rm /t/a.tar.gz\n", [2]),
        (f"RUN {GUNZIPPED} && rm /t/a.tar\n", []),
        (f"RUN {GUNZIPPED.replace('gzip -d', 'gzip -dk')} && rm /t/a.tar.gz\n", []),
        # scripts that install, and empty /tmp as well, or may delete whatever there is
        ("RUN curl -o /tmp/a.deb https://e.io/a.deb && install-packages /tmp/a.deb\n", []),
        ("RUN curl -o /opt/a.deb https://e.io/a.deb && install-packages /opt/a.deb\n", [2]),
        ("RUN curl -o /opt/a.deb https://e.io/a.deb && apt_install /opt/a.deb\n", []),
        (
            "RUN install-packages curl && curl -o /tmp/a.tgz https://e.io/a.tgz && tar -xf /tmp/a.tgz\n",
            [2],
        ),
        # moved by a RUN of its own
        ("RUN wget https://e.io/a.tgz\nRUN mv a.tgz /t\nRUN cd /t && tar -xf a.tgz\n", [2]),
        ("RUN wget https://e.io/a.tgz\nRUN mv a.tgz /t/b.tgz\nRUN tar -xf /t/b.tgz\n", [2]),
        (
            "ADD https://e.io/a.tgz /\nRUN mv /a.tgz /t/\nRUN mv /t/a.tgz /u\nRUN tar -xf /u/a.tgz\n",
            [2],
        ),
        ("RUN wget https://e.io/a.tgz\nRUN mv a.tgz /t\nRUN tar -xf /u/a.tgz\n", []),
        (
            "RUN wget https://e.io/a.tgz\nRUN mv a.tgz /t\nRUN tar -xf /t/a.tgz\nRUN rm /t/a.tgz\n",
            [],  # bloat/late-cleanup's
        ),
        # packages, installed by a later RUN
        ("RUN curl -o /t/a.deb https://e.io/a.deb\nRUN dpkg -i /t/a.deb\n", [2]),
        ("RUN curl -o /t/a.deb https://e.io/a.deb\nRUN apt-get install -y /t/a.deb\n", [2]),
        ("ADD https://e.io/a.deb /t/a.deb\nRUN dpkg -i /t/a.deb\n", [2]),
        ("ADD https://e.io/a.rpm /t/\nRUN dnf install -y /t/a.rpm\n", [2]),
        ("RUN curl -o /t/a.deb https://e.io/a.deb\nRUN dpkg -i /t/a.deb && rm /t/a.deb\n", []),
        ("RUN curl -o /t/a.deb https://e.io/a.deb\nRUN dpkg -i /t/a.deb\nRUN rm -r /t\n", []),
        ("RUN curl -o /t/a.deb https://e.io/a.deb\nRUN dpkg -i /t/b.deb\n", []),
        ("RUN curl -o /t/a.deb https://e.io/a.deb\nCMD dpkg -i /t/a.deb\n", []),
        (
            "RUN curl -o /t/repo-release.deb https://e.io/a.deb\nRUN dpkg -i /t/repo-release.deb\n",
            [],
        ),
        # a working directory of the base's is not that of apt's lists
        ("RUN curl -O https://e.io/a.deb && dpkg -i a.deb && rm -rf /var/lib/apt/lists/*\n", [2]),
        ("RUN curl -O https://e.io/a.deb && dpkg -i a.deb && rm -rf /tmp/*\n", [2]),
        (
            "ARG D\nWORKDIR $D\nRUN curl -O https://e.io/a.deb && dpkg -i a.deb && rm -rf /tmp/*\n",
            [],
        ),
    ],
)
def test_whole_files(text: str, wanted: list[int]) -> None:
    assert lines("bloat/archive-left", f"FROM debian:12\n{text}") == wanted


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        (
            "curl -O https://x.test/a.tgz && tar -xf a.tgz && make",
            "curl -O https://x.test/a.tgz && tar -xf a.tgz && rm a.tgz && make",
        ),
        (
            "wget -O /t/$V.zip https://x.test/$V.zip; \\\n    unzip /t/$V.zip; \\\n    make",
            "wget -O /t/$V.zip https://x.test/$V.zip; \\\n    unzip /t/$V.zip; \\\n    rm /t/$V.zip; \\\n    make",
        ),
        (
            "curl -O https://x/a.tgz && wget https://x/b.zip && tar -xf a.tgz && unzip b.zip",
            "curl -O https://x/a.tgz && wget https://x/b.zip && tar -xf a.tgz && rm a.tgz && unzip b.zip && rm b.zip",
        ),
        ("curl -O https://x.test/a.tgz && tar -xf a.tgz && sha256sum a.tgz", None),
        ("curl -O https://x.test/a.tgz && tar -xf a.tgz | cat", None),
    ],
)
def test_an_archive_is_deleted_behind_what_unpacks_it(
    tmp_path: Path, run: str, mended: str | None
) -> None:
    found = checked(tmp_path, "bloat/archive-left", f"FROM debian:12\nRUN {run}\n")
    assert found.fixed == f"FROM debian:12\nRUN {mended or run}\n"


@pytest.mark.parametrize(
    ("arrives", "advice"),
    [
        ("COPY made/a.zip /t/", "--mount=type=bind"),
        ("COPY --from=made /a.zip /t/", "--mount=type=bind"),
        ("ADD https://e.io/a.zip /t/", "download and unpack it in one `RUN`"),
    ],
)
def test_the_advice_fits_how_the_archive_arrives(tmp_path: Path, arrives: str, advice: str) -> None:
    text = f"FROM debian:12 AS made\nFROM debian:12\n{arrives}\nRUN unzip /t/a.zip -d /opt\n"
    (found,) = checked(tmp_path, text=text, rule="bloat/archive-left").found
    assert advice in found.help


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("wget https://e.io/a.deb && dpkg -i a.deb", [2]),
        ("curl -o /tmp/a.deb https://e.io/x && apt-get install -y /tmp/a.deb", [2]),
        ("wget https://e.io/a.rpm && rpm -ivh a.rpm", [2]),
        ("wget https://e.io/a.deb && dpkg -i a.deb && rm a.deb", []),
        ("wget https://e.io/a.deb && dpkg -i a.deb && rm *.deb", []),
        ("wget https://e.io/a.deb && dpkg -i b.deb", []),
        ("wget https://e.io/a-keyring_1-1_all.deb && dpkg -i a-keyring_1-1_all.deb", []),
        ("wget https://e.io/gpu-repo_4.0_amd64.deb && dpkg -i gpu-repo_4.0_amd64.deb", []),
        ("wget https://e.io/epel-release-9.rpm && rpm -i epel-release-9.rpm", []),
        ("wget https://e.io/a.whl && pip install a.whl", []),
    ],
)
def test_packages_that_are_installed(run: str, wanted: list[int]) -> None:
    assert lines("bloat/archive-left", f"FROM debian:12\nRUN {run}\n") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RUN wget https://e.io/a_1.2.run && sh a_1.2.run --silent", [2]),
        ("RUN wget https://e.io/a.run && chmod +x a.run && ./a.run --silent", [2]),
        ("RUN wget -O /c.sh https://e.io/Miniconda3-1.2-x86_64.sh && bash /c.sh -b", [2]),
        ("RUN curl -Lo c.sh https://e.io/Miniforge3-$(uname -m).sh && bash c.sh -b", [2]),
        ("RUN curl -LO https://e.io/cmake-3.28.0-x86_64.sh && sh cmake-3.28.0-x86_64.sh", [2]),
        ("RUN cd ~ && wget https://e.io/a.run && sh a.run", [2]),
        ("RUN cd ~ && wget https://e.io/a.run && sh a.run && rm a.run", []),
        ("RUN cd ~ && wget https://e.io/a.run && sh a.run && rm ~/a.run", []),
        ("RUN cd ~ && wget https://e.io/a.run && sh a.run && rm *.run", []),
        ("RUN cd $D && wget https://e.io/a.run && sh a.run", []),
        ("RUN wget https://e.io/a.run\nRUN sh a.run", [2]),
        ("RUN wget https://e.io/a.run\nRUN sh a.run\nRUN rm *.run", []),
        ("RUN wget https://e.io/a.run\nRUN true || sh a.run", []),
        ("RUN wget https://e.io/a.run\nCMD sh a.run", []),
        ("RUN wget https://e.io/a.run && sh a.run && rm a.run", []),
        ("RUN wget -O /tmp/a.run https://e.io/a.run && sh /tmp/a.run && rm -rf /tmp/*", []),
        ("RUN wget https://e.io/a.run && sh b.run", []),
        ("RUN wget https://e.io/install.sh && sh install.sh", []),  # a few kB
    ],
)
def test_installers_that_are_started(text: str, wanted: list[int]) -> None:
    assert lines("bloat/archive-left", f"FROM debian:12\n{text}\n") == wanted


def test_an_installer_is_deleted_behind_its_start(tmp_path: Path) -> None:
    run = "RUN wget https://e.io/a.run && chmod +x a.run && ./a.run && ldconfig"
    found = checked(tmp_path, "bloat/archive-left", f"FROM debian:12\n{run}\n")
    assert "./a.run && rm ./a.run && ldconfig" in found.fixed


def test_a_package_is_deleted_behind_its_install(tmp_path: Path) -> None:
    run = "RUN wget https://e.io/a.deb && dpkg -i a.deb && ldconfig"
    found = checked(tmp_path, "bloat/archive-left", f"FROM debian:12\n{run}\n")
    assert "dpkg -i a.deb && rm a.deb && ldconfig" in found.fixed


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("cd tool-1 && make && rm -f tool-1.tgz", "the one in this `RUN` looks in /srv/tool-1"),
        ("cd tool-1 && make", "delete the archive in the same `RUN`"),
    ],
)
def test_an_archive_that_is_deleted_in_the_wrong_folder(
    tmp_path: Path, run: str, advice: str
) -> None:
    fetch = "cd /srv && curl -fsSLO https://example.com/tool-1.tgz && tar xzf tool-1.tgz"
    text = f"FROM debian:12\nRUN {fetch} && {run}\n"
    (found,) = checked(tmp_path, text=text, rule="bloat/archive-left").found
    assert found.help.endswith(advice)


GET = "curl -fsSL https://e.test/shop-1.2.tgz | tar xz"
MAKE = "cd shop-1.2 && ./configure && make && make install"
CLONE = "git clone --depth 1 -b v1 https://e.test/a/shop.git"
COPIED = "wget https://e.test/shop.tgz && tar xzf shop.tgz && cp -r shop-1.2/bin/* /usr/bin"

ZIP = "wget https://e.test/a.zip && unzip a.zip"


@pytest.mark.parametrize(
    ("run", "more", "named"),
    [
        (f"{GET} && {MAKE}", "", "/w/shop-1.2"),
        (f"{GET} && make -C shop-1.2 install", "", "/w/shop-1.2"),
        (f"{CLONE} && cd shop && cmake -B out && cmake --install out", "", "/w/shop"),
        (f"{CLONE} && mkdir shop/out && cd shop/out && cmake .. && ninja install", "", "/w/shop"),
        (f"{CLONE} && cd shop && make install; rm -rf shop", "", None),  # bloat/late-cleanup's
        (f"{COPIED} && rm shop.tgz", "", "/w/shop-1.2"),
        (f"{GET} && {MAKE} && rm -rf shop-1.2", "", "/w/shop-1.2"),  # in itself
        (f"mkdir /s && {GET} -C /s --strip-components=1 && make -C /s install", "", "/s"),
        ("curl -O https://e.test/a.zip && unzip a.zip && ./aws/install && rm a.zip", "", "/w/aws"),
        (f"{ZIP} -d tool && cp tool/bin/a /bin", "", "/w/tool"),  # which unzip makes
        (f"{ZIP} -d /x/tool && cp /x/tool/bin/a /bin", "", "/x/tool"),
        (f"{ZIP} -d /usr/local && cp /usr/local/bin/a /bin", "", None),  # others stand there
        (f"{ZIP} && cp bin/a /usr/bin", "", None),
        (f"{ZIP} -d . && cp shop-1.2/bin/a /bin", "", "/w/shop-1.2"),
        ("wget https://e.test/a.tgz && tar xf a.tgz && cp bin/a /usr/bin", "", None),
        (f"{GET} && {MAKE} && cd .. && rm -rf shop-1.2", "", None),
        (f"cd /tmp && {GET} && {MAKE} && rm -rf /tmp/*", "", None),
        (f"{GET} && {MAKE} && rm -rf $PWD", "", None),
        (f"--mount=type=tmpfs,target=/tmp cd /tmp && {GET} && {MAKE}", "", None),
        (f"{GET} && {MAKE}", "RUN rm -rf shop-1.2\n", None),  # bloat/late-cleanup's
        (f"{GET} && {MAKE}", "ENV SHOP=/w/shop-1.2/lib\n", None),
        (f"{GET} && {MAKE}", "ENV SHOP=$DIR/shop-1.2\n", None),
        (f"{GET} && {MAKE}", "ENV SHOP=/opt/shop-1.2\n", "/w/shop-1.2"),
        (f"{CLONE} && make -C shop install", "RUN shop --version\n", None),
        (f"{CLONE} && make -C shop install", "RUN make -C shop check\n", None),
        (f"{CLONE} && make -C shop install", "RUN rm -rf /w/shop*\n", None),
        (f"{CLONE} && make -C shop install", "RUN cp /w/shop/a /b\n", None),
        (f"{CLONE} && make -C shop install", 'CMD ["shop/run"]\n', None),
        (f"{CLONE} && make -C shop install", 'CMD ["shop", "/etc/shop"]\n', "/w/shop"),
        (f"{CLONE} && make -C shop install", "CMD /usr/bin/shop --all\n", "/w/shop"),
        (f"{CLONE} && make -C shop install", 'LABEL title="the shop"\n', "/w/shop"),
        (f"{CLONE} && make -C shop install", "RUN useradd workshop\n", "/w/shop"),
        (f"{GET} && cd shop-1.2 && make", "", None),  # which may leave the program there
        (f"{GET} && mv shop-1.2/bin/* /usr/bin", "", None),
        (f"{CLONE} . && make install", "", None),  # the folder to work in
        (f"{CLONE} && shop/install", "", None),  # which may set up what is there
        (f"if test -f x; then {GET} && {MAKE}; fi", "", None),
    ],
)
def test_what_was_installed_from(tmp_path: Path, run: str, more: str, named: str | None) -> None:
    text = f"FROM debian:12\nWORKDIR /w\nRUN {run}\n{more}"
    messages = checked(tmp_path, "bloat/archive-left", text).messages
    told = [each for each in messages if "installs from" in each]
    assert len(told) == (named is not None)
    assert all(f"`{named}`" in each for each in told)
    stages = text.replace("FROM debian:12", "FROM debian:12 AS build") + "FROM scratch\n"
    assert checked(tmp_path, "bloat/archive-left", stages).messages == []


def test_folders_that_one_run_leaves_are_one_finding(tmp_path: Path) -> None:
    clone = "git clone --depth 1 -b v1 https://e.test/a/{0}.git && make -C {0} install"
    for names, told, stay in (
        ("ab", "`/a` and `/b`", "that folder and 1 more stay in"),
        ("abcdef", "`/a`, `/b`, `/c`, `/d` and 2 more", "that folder and 5 more stay in"),
        ("a", "`/a`", "that folder stays in"),
    ):
        text = f"FROM debian:12\nRUN {' && '.join(map(clone.format, names))}\n"
        (found,) = checked(tmp_path, "bloat/archive-left", text).found
        assert found.help == f"delete {told} in the same `RUN`"
        assert stay in found.message


def test_an_archive_and_the_folder_that_is_installed_from_are_one_finding(tmp_path: Path) -> None:
    unpack = "RUN wget https://e.test/shop-1.2.tar.gz && tar -xf shop-1.2.tar.gz"
    for more, told in (("", "the archive"), (" && rm shop-1.2.tar.gz", "/shop-1.2")):
        text = f"FROM debian:12\n{unpack} && make -C shop-1.2 install{more}\n"
        (found,) = checked(tmp_path, "bloat/archive-left", text).found
        assert (found.help or "").replace("`", "").startswith(f"delete {told} in the same RUN")
        assert "`/shop-1.2`" in found.message
        assert ("and `/shop-1.2` as well" in (found.help or "")) is (not more)
        assert found.repair is None  # it would leave the folder


@pytest.mark.parametrize(
    ("copied", "named"),
    [("tool/bin/a", "tool"), ("./bin/a", None)],  # `bin` may be the system's own
)
def test_a_folder_below_one_that_only_the_base_knows(
    tmp_path: Path, copied: str, named: str | None
) -> None:
    target = "-d tool" if named else ""
    text = f"FROM e.test/base:1\nRUN {ZIP} {target} && cp {copied} /usr/local/bin && rm a.zip\n"
    found = checked(tmp_path, "bloat/archive-left", text).found
    assert [each.help for each in found] == [f"delete `{named}` in the same `RUN`"] * bool(named)


@pytest.mark.parametrize(
    ("base", "wanted"),
    [("$CROSS_BASE_IMAGE", []), ("${CROSS_BASE_IMAGE}", []), ("$BASE", [3])],
)
def test_nobody_pushes_what_cross_compiles_in(base: str, wanted: list[int]) -> None:
    unpack = "RUN curl -o a.zip https://example.com/a.zip && unzip a.zip\n"
    text = f"ARG {base.strip('${}')}\nFROM {base}\n{unpack}"
    assert lines("bloat/archive-left", text) == wanted


_RECIPE = "build.sh: docker build .\n.travis.yml: x\n"


@pytest.mark.parametrize(("recipe", "severity"), [(_RECIPE, "info"), ("", "warning")])
def test_an_image_that_nothing_pushes(tmp_path: Path, recipe: str, severity: str) -> None:
    commit(tmp_path)
    text = "FROM debian:12\nRUN curl -o a.zip https://example.com/a.zip && unzip a.zip\n"
    (found,) = checked(tmp_path, "bloat/archive-left", text, recipe).found
    assert str(found.severity) == severity
