"""Which instructions may change places: all that might matter keeps them in their order."""

import tarfile

import pytest
from support import checker, tree

from dlint.lint.engine import Task
from dlint.order.graph import Surroundings

FILES = {
    "package.json": '{"name": "shop"}\n',
    "package-lock.json": '{"name": "shop", "lockfileVersion": 3}\n',
    "requirements.txt": "six==1.17.0\n",
    "src/a.js": "1\n",
    "src/logs/x": "1\n",
    "models/m": "1\n",
    "conf/app.ini": "1\n",
    "a.txt": "a\n",
    "b.txt": "b\n",
    ".dockerignore": "Dockerfile\n",
}
APT = "RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*"
NPM = "RUN npm ci --omit=dev"
PIP = "RUN pip install --no-cache-dir -r requirements.txt"


def order(tmp_path, monkeypatch, *lines, base="node:22-slim", files=FILES):
    """Return for each instruction behind FROM those that must stand above it, by their numbers from
    1.
    """
    monkeypatch.chdir(tree(tmp_path, files))
    text = "".join(f"{line}\n" for line in (f"FROM {base}", *lines))
    build = checker().build(Task("Dockerfile", text.encode()))
    found = Surroundings(build, build.stages[-1]).precedence()
    return [{at + 1 for at in range(number) if mask >> at & 1} for number, mask in enumerate(found)]


FREE = [
    pytest.param(["COPY src /app/src", "COPY models /app/models"], id="trees apart"),
    pytest.param(["COPY a.txt /app/", "COPY b.txt /app/"], id="files of one folder"),
    pytest.param(["COPY a.txt /app/a", "COPY b.txt /app/b"], id="files by their new names"),
    pytest.param(
        ["COPY package*.json /app/", "COPY src /app/src"], id="a pattern that matches files alone"
    ),
    pytest.param(["COPY src /app/src", APT], id="the distribution's packages and a project"),
    pytest.param(["COPY src /usr/src/app", APT], id="where images keep projects"),
    pytest.param(["COPY --chown=node src /app/src", APT], id="packages add users, and change none"),
    pytest.param(
        ["COPY src /app/src", "RUN pip install --no-cache-dir gunicorn"], id="packages by name"
    ),
    pytest.param(
        ["COPY src /app/src", "RUN npm install -g nodemon"], id="packages for all by name"
    ),
    pytest.param(
        ["COPY src /app/src", "RUN mkdir -p /data && chown 1000 /data"], id="files that are named"
    ),
    pytest.param(
        ["COPY src /app/src", "RUN curl -fsSL https://example.com/x.tgz -o /opt/x.tgz"],
        id="a download",
    ),
    pytest.param(["COPY . /app", "WORKDIR /app"], id="a folder that both make alike"),
    pytest.param(["COPY . /app", "COPY a.txt /app/"], id="a part of the same once more"),
    pytest.param(["ADD . /app", "ADD a.txt /app/"], id="an ADD that copies"),
    pytest.param(["COPY a.txt /app/", "LABEL a=b"], id="a label"),
    pytest.param(["COPY a.txt /app/", "ENV A=b"], id="a variable that is not mentioned"),
    pytest.param(["COPY a.txt /app/", "USER 1000"], id="a user"),
    pytest.param(["COPY a.txt /app/", 'CMD ["x"]'], id="the command"),
    pytest.param(["COPY a.txt /app/", "VOLUME /data"], id="another volume"),
    pytest.param(
        ["COPY --from=other/image /x /srv/x", "COPY a.txt /app/"], id="from another image"
    ),
    pytest.param(["RUN mkdir /a", "RUN mkdir /b"], id="two RUNs of files that are named"),
    pytest.param(
        ["COPY src /app/src", "RUN ln -sf $(find /usr/lib -name 'x.so*' | head -1) /usr/lib/x.so"],
        id="a link to what is found elsewhere",
    ),
    pytest.param(
        ["COPY src /app/src", "RUN mkdir -p /opt && cd /opt && touch x-$(uname -m) y-`arch`"],
        id="a name that the machine tells",
    ),
]

BOUND = [
    pytest.param(
        ["COPY src /app/src", "RUN rm $(find /app -name '*.js')"], id="what is found is deleted"
    ),
    pytest.param(
        ["COPY src /app/src", "RUN ln -s $(find /app -name '*.js') /usr/lib/x"],
        id="a link to what a copy brings",
    ),
    pytest.param(
        ["COPY src /app/src", "RUN find -L /app -name '*.js' > /usr/lib/x"], id="a list of files"
    ),
    pytest.param(["COPY src /app/src", "RUN ln $(find /opt) /usr/lib/x"], id="a second name"),
    pytest.param(["COPY . /app", "COPY models /app/src"], id="something else to a place inside"),
    pytest.param(["COPY a.txt /app/x", "COPY b.txt /app/x"], id="one file over another"),
    pytest.param(["COPY a.txt /app/", "COPY . /app"], id="a part before the whole"),
    pytest.param(["COPY --chown=node . /app", "COPY a.txt /app/"], id="the same of another owner"),
    pytest.param(
        ["COPY a.txt /app/", "COPY --chown=1000 b.txt /app/"], id="who makes the folder, owns it"
    ),
    pytest.param(["COPY a.txt /app/", "COPY --chmod=755 b.txt /app/"], id="a mode"),
    pytest.param(["COPY a.txt /bin/x", "COPY b.txt /usr/bin/x"], id="/bin is /usr/bin"),
    pytest.param(["COPY a.txt /var/run/x", "COPY b.txt /run/x"], id="/var/run is /run"),
    pytest.param(
        ["COPY src /app/", "COPY a.txt /app/"], id="a folder's content into the same folder"
    ),
    pytest.param(
        ["COPY src* /app/", "COPY models /app/models"], id="a pattern that matches folders"
    ),
    pytest.param(
        ["COPY --from=x /y /app", "COPY a.txt /app/"], id="what nobody knows of another image"
    ),
    pytest.param(
        ["ADD https://example.com/x /app/", "COPY a.txt /app/"], id="a download into the folder"
    ),
    pytest.param(
        ["COPY conf/app.ini /etc/app.ini", APT], id="a setting that the packages may read"
    ),
    pytest.param(
        [APT, "COPY --chown=www-data src /app/src"], id="a user that the packages may make"
    ),
    pytest.param(["RUN useradd app", "COPY --chown=app src /app/src"], id="a user that is made"),
    pytest.param(["COPY src /app/src", "RUN /app/src/setup.sh"], id="a program of the project"),
    pytest.param(["COPY src /app/src", "RUN make-it-so"], id="a program that nobody knows"),
    pytest.param(
        ["COPY src /app/src", "RUN apt-get install -y ./x.deb"], id="a package that is a file"
    ),
    pytest.param(
        ["COPY src /app/src", "RUN apt-get update && sh /app/src/x"], id="a script by the way"
    ),
    pytest.param(["COPY src /app/src", "RUN ls $HERE"], id="a path that nobody knows"),
    pytest.param(["COPY src /app/src", "RUN tar -C/app/src -xf /x.tar"], id="a path behind a flag"),
    pytest.param(["COPY src /app/src", "RUN rm -rf /app/*"], id="a pattern of a RUN"),
    pytest.param(
        ["COPY src /app/src", "RUN pip install --target /app/src/x six"], id="where packages go to"
    ),
    pytest.param(
        ["COPY src /app/src", "RUN chown -R 1000 /app"], id="an owner for the whole folder"
    ),
    pytest.param(["RUN ln -s /data /app/data", "COPY a.txt /app/data/"], id="through a link"),
    pytest.param(["COPY src /app/src", "RUN pip install /app/src"], id="the project itself"),
    pytest.param(
        ["COPY src /app/src", "RUN --mount=type=bind,target=/x apt-get install -y a"],
        id="a bind mount",
    ),
    pytest.param([APT, "RUN apt-get update && apt-get install -y git"], id="packages and packages"),
    pytest.param([APT, "RUN pip install --no-cache-dir gunicorn"], id="packages of two sorts"),
    pytest.param(["ENV A=b", "COPY a.txt /app/$A"], id="a variable in a path"),
    pytest.param(["COPY a.txt /app/$A", "ENV A=b"], id="a variable that was another one"),
    pytest.param(["ENV A=b", "RUN mkdir /a"], id="a RUN sees all variables"),
    pytest.param(["RUN mkdir /a", "ARG A=b"], id="also those that come later"),
    pytest.param(["USER 1000", "RUN mkdir /a"], id="a RUN has a user"),
    pytest.param(["WORKDIR /a", "RUN mkdir /b"], id="a RUN has a folder"),
    pytest.param(["WORKDIR /a", "COPY a.txt ."], id="a COPY to the folder"),
    pytest.param(['SHELL ["/bin/bash", "-c"]', "RUN mkdir /a"], id="a RUN has a shell"),
    pytest.param(['SHELL ["/bin/bash", "-c"]', "CMD x"], id="so has a command"),
    pytest.param(["ENTRYPOINT x", "CMD y"], id="an entrypoint may take back a command"),
    pytest.param(["LABEL a=b", "LABEL a=c"], id="the last word counts"),
    pytest.param(["VOLUME /data", "COPY a.txt /data/"], id="what a volume may lose"),
    pytest.param(["USER 1000", "WORKDIR /a"], id="whose folder it is"),
    pytest.param(["WORKDIR $WHERE", "COPY a.txt /b/"], id="a folder that nobody knows"),
    pytest.param(
        ["COPY --link a.txt /app/a", "COPY b.txt /app/b"], id="a linked layer brings its folders"
    ),
    pytest.param(
        ["COPY <<EOF /app/x\nhello\nEOF", "COPY a.txt /app/x"], id="a file that is written down"
    ),
]


@pytest.mark.parametrize("lines", FREE)
def test_these_may_change_places(tmp_path, monkeypatch, lines):
    assert order(tmp_path, monkeypatch, *lines)[1] == set()


@pytest.mark.parametrize("lines", BOUND)
def test_these_stay_in_their_order(tmp_path, monkeypatch, lines):
    assert order(tmp_path, monkeypatch, *lines)[1] == {1}


@pytest.mark.parametrize(
    ("base", "expected"),
    [("node:22-slim", set()), ("company/base", {1}), ("scratch", set()), ("no such:name", {1})],
)
def test_a_folder_of_workdir_belongs_to_the_user_of_the_base(tmp_path, monkeypatch, base, expected):
    assert (
        order(tmp_path, monkeypatch, "COPY a.txt /app/", "WORKDIR /app", base=base)[1] == expected
    )


def test_a_folder_that_a_workdir_has_made_binds_nothing_below_it(tmp_path, monkeypatch):
    lines = ["WORKDIR /app", "COPY --chown=1000 a.txt ./", "COPY b.txt ./"]
    assert order(tmp_path, monkeypatch, *lines, base="company/base") == [set(), {1}, {1}]


@pytest.mark.parametrize("folder", ["/app", "/home/node/app"])
@pytest.mark.parametrize(
    "install",
    [NPM, PIP, "RUN npm install", "RUN yarn install", "RUN cd . && npm ci", "RUN bundle install"],
)
def test_an_install_goes_with_the_copy_of_its_manifests_alone(
    tmp_path, monkeypatch, install, folder
):
    files = {**FILES, "yarn.lock": "\n", "Gemfile": "gem 'rake'\n", "Gemfile.lock": "\n"}
    manifests = "COPY package*.json yarn.lock requirements.txt Gemfile Gemfile.lock ./"
    assert order(
        tmp_path,
        monkeypatch,
        f"WORKDIR {folder}",
        "COPY src ./src",
        manifests,
        install,
        files=files,
    )[3] == {
        1,
        3,
    }


@pytest.mark.parametrize(
    ("lines", "gemfile"),
    [
        pytest.param(["RUN bundle install --path src"], "gem 'rake'\n", id="to another place"),
        pytest.param(
            ["ENV BUNDLE_PATH=src", "RUN bundle install"], "gem 'rake'\n", id="so a variable says"
        ),
        pytest.param(["RUN bundle install"], "gem 'a', path: 'src'\n", id="from the project"),
    ],
)
def test_what_bundler_reads_and_writes_may_be_elsewhere(tmp_path, monkeypatch, lines, gemfile):
    files = {**FILES, "Gemfile": gemfile, "Gemfile.lock": "\n"}
    copies = ["WORKDIR /app", "COPY src ./src", "COPY Gemfile Gemfile.lock ./"]
    assert 2 in order(tmp_path, monkeypatch, *copies, *lines, files=files)[-1]


def test_what_the_whole_brings_too_need_not_stand_above_the_install(tmp_path, monkeypatch):
    lines = ["WORKDIR /app", "COPY . .", "COPY package.json package-lock.json ./", NPM]
    assert order(tmp_path, monkeypatch, *lines)[2:] == [{1}, {1, 3}]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(
            ["COPY a.txt ./package.json", "COPY . ."], id="something else stood there for a while"
        ),
        pytest.param(["COPY . .", "RUN sed -i s/a/b/ package.json"], id="it is changed in between"),
        pytest.param(["COPY . .", "COPY --chown=1000 package.json ./"], id="of another owner"),
    ],
)
def test_what_is_not_the_same_stays(tmp_path, monkeypatch, between):
    lines = ["WORKDIR /app", "COPY package.json package-lock.json ./", *between, NPM]
    assert lines.index("COPY . .") + 1 in order(tmp_path, monkeypatch, *lines)[-1]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"node_modules/x/index.js": "1\n"}, id="what the install makes is there"),
        pytest.param(
            {"package.json": '{"scripts": {"postinstall": "node x.js"}}\n'},
            id="a script that reads more",
        ),
    ],
)
def test_an_install_that_meets_more_stays_below_the_whole(tmp_path, monkeypatch, files):
    lines = ["WORKDIR /app", "COPY . .", "COPY package.json package-lock.json ./", NPM]
    assert 2 in order(tmp_path, monkeypatch, *lines, files={**FILES, **files})[3]


@pytest.mark.parametrize(
    ("base", "user", "bound"),
    [
        ("node:22-slim", "root", False),
        ("mirror.example.com/docker/library/node", "0", False),
        ("node:22-slim", "node", True),
        ("company/node", "root", False),
    ],
)
def test_who_is_not_root_minds_whose_folder_it_is(tmp_path, monkeypatch, base, user, bound):
    lines = [
        "WORKDIR /app",
        f"USER {user}",
        "COPY --chown=node . .",
        "COPY --chown=node package*.json ./",
        NPM,
    ]
    assert (3 in order(tmp_path, monkeypatch, *lines, base=base)[4]) == bound


@pytest.mark.parametrize(
    ("run", "bound"),
    [
        ("apt-get update", False),
        ("mkdir /code", False),
        ("mkdir /home/node/code", True),
        ("sudo apt-get update", True),
        ("if test -w /etc; then apt-get update; fi", True),
        ("npm install -g nodemon", True),
    ],
)
def test_who_does_what_only_root_can_is_root(tmp_path, monkeypatch, run, bound):
    lines = ["WORKDIR /app", "COPY . .", "COPY package*.json ./", NPM, f"RUN {run}"]
    assert (2 in order(tmp_path, monkeypatch, *lines, base="company/node")[3]) == bound


def test_an_install_does_not_write_the_list_that_it_reads(tmp_path, monkeypatch):
    lines = [
        "WORKDIR /app",
        "COPY . .",
        "COPY requirements.txt ./",
        "RUN pip install -r ./requirements.txt",
    ]
    assert order(tmp_path, monkeypatch, *lines)[3] == {1, 3}


def test_an_archive_that_is_unpacked_is_not_what_a_copy_brings(tmp_path, monkeypatch):
    monkeypatch.chdir(tree(tmp_path, FILES))
    with tarfile.open("x.tar", "w") as archive:
        archive.add("a.txt")
    build = checker().build(
        Task("Dockerfile", b"FROM node:22-slim\nADD x.tar /app/\nCOPY x.tar /app/\n")
    )
    assert Surroundings(build, build.stages[-1]).precedence() == [0, 1]


def test_a_variable_that_holds_a_path_binds(tmp_path, monkeypatch):
    lines = ["ENV PATH=/app/bin:/usr/bin", "COPY src /app/bin", APT]
    assert order(tmp_path, monkeypatch, *lines)[2] == {1, 2}


def test_nothing_is_known_of_windows(tmp_path, monkeypatch):
    monkeypatch.chdir(tree(tmp_path, FILES))
    text = "# escape=`\nFROM mcr.example.com/windows\nCOPY a.txt /App/\nCOPY b.txt /srv/\n"
    build = checker().build(Task("Dockerfile", text.encode()))
    assert Surroundings(build, build.stages[-1]).precedence() == [0, 1]


def test_order_is_handed_down(tmp_path, monkeypatch):
    lines = ["ARG V=1", "ENV W=$V", "RUN mkdir /a", "COPY a.txt /a/"]
    assert order(tmp_path, monkeypatch, *lines) == [set(), {1}, {1, 2}, {1, 2, 3}]
