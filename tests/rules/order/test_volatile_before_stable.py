"""Which steps order/volatile-before-stable takes for heavy and calm, and how safe it is to swap."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/volatile-before-stable")

DOCKER = "curl -fsSL https://get.docker.com -o docker.sh"
DATA = "src/app.py 2kB\nsrc/more.py 2kB\nmodels/a.bin 2MB\nmodels/small.bin 2kB\n"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("COPY src ./src\nCOPY models ./models", [3]),
        ("COPY src ./src\nRUN true\nCOPY models ./models", [3]),
        ("COPY models ./models\nCOPY src ./src", []),
        ("COPY src ./src\nCOPY --link models ./models", []),
        ("COPY --link src ./src\nCOPY models ./models", []),
        ("COPY src ./src\nCOPY models/small.bin ./models/", []),  # it weighs nothing
        ("COPY src ./src\nCOPY models /models", []),  # the same blob wherever it stands
        ("COPY . .\nCOPY models ./models", []),  # an overlay of what was there
        ("COPY src ./src\nRUN curl -fsSLO https://example.com/a-1.2.tgz", [3]),
        ("COPY src ./src\nRUN curl -fsSLo src/a.tgz https://example.com/a-1.2.tgz", []),
        ("COPY src ./src\nRUN curl -fsSLO https://example.com/a-1.2.tgz && ./install.sh", []),
        ("COPY src ./src\nRUN curl -fsSL https://rclone.org/install.sh | bash", [3]),
        (f"COPY src ./src\nRUN {DOCKER} && sh docker.sh --version 28 && rm docker.sh", [3]),
        (f"COPY src ./src\nRUN {DOCKER} && chmod +x docker.sh && ./docker.sh", [3]),
        (f"COPY src ./src\nRUN {DOCKER} && sh src/setup.sh", []),  # which may do anything
        ("COPY src ./src\nRUN curl -fsSL https://example.com/install.sh | bash", []),
        (f"COPY src ./src\nRUN {DOCKER} && echo 'set -e' | sh", []),
        ("COPY src ./src\nRUN curl https://get.docker.com | sh && echo make | sh", []),
        ("COPY src ./src\nRUN curl https://get.docker.com | sh -c make", []),
        (f"COPY src ./src\nRUN {DOCKER} && sh setup.sh docker.sh", []),
        ("COPY src ./src\nRUN useradd app", []),
        ("COPY src /new/src/\nRUN curl -fsSLo /new/a.tgz https://example.com/a-1.2.tgz", []),
        ("COPY src /opt/src/\nRUN curl -fsSLo /opt/a.tgz https://example.com/a-1.2.tgz", [3]),
        ("COPY src /usr/lib/a/\nRUN curl -fsSLo /usr/lib/a.tgz https://example.com/a-1.2.tgz", [3]),
    ],
)
def test_what_stands_above_what_weighs(tmp_path: Path, steps: str, lines: list[int]) -> None:
    text = f"FROM debian:12\nWORKDIR /app\n{steps}\n"
    assert check(tmp_path, text=text, context=DATA).lines == lines
    assert check(tmp_path, text=f"{text}FROM scratch\n", context=DATA).lines == []


def test_the_weight_is_what_is_uploaded(tmp_path: Path) -> None:
    text = "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY models ./models\n"
    cost = check(tmp_path, text=text, context=DATA).found[0].cost
    assert cost is not None
    assert cost.push_bytes == pytest.approx(2_002_000, rel=0.01)


@pytest.mark.parametrize(
    ("changed", "lines"), [(("models/a.bin", "src/app.py"), []), (("src/app.py",), [3])]
)
def test_history_decides_which_of_two_is_calm(
    tmp_path: Path, changed: tuple[str, ...], lines: list[int]
) -> None:
    text = "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY models ./models\n"
    found = check(tmp_path, text=text, context=DATA)
    commit(tmp_path)
    for _ in range(10):
        commit(tmp_path, *changed)
    assert found.lines == lines


@pytest.mark.parametrize(
    ("between", "safety"),
    [
        ("", "safe"),
        ("ENV A=1\nCOPY src/app.py /b/\n", "safe"),
        ("RUN make\n", None),
        ("WORKDIR /b\n", None),  # the destination is relative
    ],
)
def test_how_safe_it_is_to_swap(tmp_path: Path, between: str, safety: str | None) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY src ./src\n{between}COPY models ./models\n"
    assert set(check(tmp_path, text=text, context=DATA).safeties) == {safety}


@pytest.mark.parametrize(
    ("between", "safety"),
    [
        ("", "unsafe"),
        ("COPY src/app.py /b/\nENV B=1\n", "unsafe"),
        ("RUN /opt/setup.py\n", None),
        ("WORKDIR /b\n", None),
        ("ENV URL=x\n", None),
    ],
)
def test_how_safe_it_is_to_move_a_download(
    tmp_path: Path, between: str, safety: str | None
) -> None:
    download = "RUN curl -fsSLo /opt/a.tgz https://example.com/a-1.2.tgz?$URL"
    text = f"FROM debian:12\nWORKDIR /app\nCOPY src ./src\n{between}{download}\n"
    assert set(check(tmp_path, text=text, context=DATA).safeties) == {safety}


@pytest.mark.parametrize(("place", "lines"), [("$HOME_OF_APP/node_modules", [9]), ("$SRC", [])])
def test_a_place_is_compared_with_its_variables_expanded(
    tmp_path: Path, place: str, lines: list[int]
) -> None:
    text = (
        "FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
        "FROM node:22\nENV SRC=/app/src HOME_OF_APP=/app\nWORKDIR /app\nUSER node\nCOPY src ./src\n"
        f"COPY --from=deps /app/node_modules {place}\n"
    )
    context = "package.json: {}\nsrc/app.js 2kB\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("tool", "lines"),
    [
        ("--from=example.com/tools/pack:1.4.2 /pack /usr/local/bin/", [9]),
        ("--from=example.com/tools/pack@sha256:" + "0" * 64 + " /pack /usr/local/bin/", [9]),
        ("--from=example.com/shop/tools:1 /pack /usr/local/bin/", []),  # made of the source
        ("--from=tools /pack /usr/local/bin/", [9]),  # a file of the context, as it arrived
        ("--from=tools / /opt/tools", []),  # all of the source
    ],
)
def test_what_an_image_of_others_brings_does_not_change_with_the_source(
    tmp_path: Path, tool: str, lines: list[int]
) -> None:
    text = (
        "FROM node:22 AS tools\nCOPY src /\n"
        f"FROM node:22 AS deps\nCOPY {tool}\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
        "FROM node:22\nCOPY src /app/src\nCOPY --from=deps /app/node_modules /app/node_modules\n"
    )
    context = "package.json: {}\nsrc/app.js 2kB\nsrc/pack 2kB\n"
    context += "Makefile: tools:\\n\tdocker build -t example.com/shop/tools:1 tools\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("RUN pip install playwright\nCOPY src ./src\nRUN playwright install chromium", [4]),
        ("RUN npm i -g playwright\nCOPY . .\nRUN npx playwright install --with-deps", [4]),
        ("RUN pip install nltk\nCOPY src ./src\nRUN python -m nltk.downloader punkt", [4]),
        ("COPY . .\nRUN pip install playwright\nRUN playwright install", []),  # not before its tool
        ("RUN pip install playwright\nCOPY src ./src\nRUN playwright install && make", []),
        (
            "RUN pip install playwright\nCOPY . .\nRUN apt-get update && playwright install a && rm -r /var/lib/apt/lists/*",
            [4],
        ),
        (
            "RUN pip install playwright\nCOPY src ./src\nRUN playwright install && rm -rf /app/src/a",
            [],
        ),
        ("RUN pip install playwright\nCOPY src ./src\nRUN apt-get update && apt-get clean", []),
        ("RUN playwright install\nCOPY src ./src", []),
        (
            "RUN pip install x\nCOPY . .\nRUN pip install -r r.txt\nRUN playwright install",
            [],
        ),  # the tool may come with the list
        (
            "RUN pip install nltk\nCOPY src ./src\nCOPY src ./more\nRUN python -m nltk.downloader a",
            [4],
        ),  # one step, one finding
    ],
)
def test_what_an_installed_tool_downloads(tmp_path: Path, steps: str, lines: list[int]) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\n{steps}\n"
    assert check(tmp_path, text=text, context=DATA).lines == lines


@pytest.mark.parametrize(
    ("on", "cache", "lines"),
    [
        ("push: {tags: ['v*']}", "", []),
        ("push: {tags: ['v*']}", ", cache-from: 'type=registry,ref=shop'", [3]),
        ("push: {branches: [main]}", "", [3]),
    ],
)
def test_releases_without_a_cache_lose_nothing(
    tmp_path: Path, on: str, cache: str, lines: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    with_ = f"{{context: ., push: true{cache}}}"
    (tmp_path / ".github/workflows/a.yml").write_text(
        f"on: {{{on}}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - {{uses: docker/build-push-action@v6, with: {with_}}}\n"
    )
    text = "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY models ./models\n"
    assert check(tmp_path, text=text, context=DATA).lines == lines


@pytest.mark.parametrize(
    ("folder", "lines"), [("/opt/reader/licenses/", []), ("/opt/reader/data/", [6])]
)
def test_texts_of_licences_weigh_little(tmp_path: Path, folder: str, lines: list[int]) -> None:
    text = (
        "FROM debian:12 AS get\nWORKDIR /opt/reader\n"
        "RUN curl -fsSL https://example.com/reader-1.2.tgz | tar -xz\n"
        "FROM debian:12\nWORKDIR /app\nCOPY src ./src\n"
        f"COPY --from=get {folder} /usr/lib/reader-{folder.split('/')[3]}/\n"
    )
    assert check(tmp_path, text=text, context=DATA).lines == lines


def test_little_data_when_compressed(tmp_path: Path) -> None:
    text = "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY data ./data\n"
    found = check(tmp_path, text=text, context="src/app.py 2kB\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.bin").write_bytes(bytes(3_000_000))
    assert found.lines == []


def test_the_tool_of_a_download_may_come_with_packages_between(tmp_path: Path) -> None:
    install = "RUN apt-get update && apt-get install -y curl"
    download = "RUN curl -fsSLo /opt/a.tgz https://example.com/a-1.2.tgz"
    text = "FROM debian:12\nWORKDIR /app\n{}\n{}\n{}\n"
    above = text.format(install, "COPY src ./src", download)
    assert check(tmp_path, text=above, context=DATA).lines == [4]
    between = text.format("COPY src ./src", install, download)
    assert check(tmp_path, text=between, context=DATA).messages == []


@pytest.mark.parametrize(
    ("between", "lines"),
    [("/opt/setup --to /srv", []), ("python3 /opt/setup", []), ("chmod +x /opt/setup", [2])],
)
def test_what_a_program_that_was_copied_makes_is_not_known(
    tmp_path: Path, between: str, lines: list[int]
) -> None:
    download = "rm /srv/old.jar && curl -fsSLo /srv/new.jar https://example.com/new-1.2.jar"
    text = f"FROM python:3.12\nCOPY src/app.py /opt/setup\nRUN {between}\nRUN {download}\n"
    assert check(tmp_path, text=text, context=DATA).lines == lines


def test_a_download_that_is_small_by_its_name(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY src ./src\nRUN curl -fsSL https://e.io/{0} -o /opt/{0}\n"
    for name, lines in (("bundle.pem", []), ("runtime-1.2.bin", [2])):
        assert check(tmp_path, text=text.format(name), context=DATA).lines == lines


MODELS = "requirements.txt: nltk==3\nshop/web.py 1kB\nBAAI/own/a.txt\n"


@pytest.mark.parametrize(
    ("run", "lines"),
    [
        ("npx cypress install", [5]),
        ("npx @puppeteer/browsers install chrome@stable", [5]),
        ("python -m camoufox fetch", [5]),
        ("hf download BAAI/bge-small-en --local-dir models", [5]),
        ("hf download x --local-dir BAAI", []),  # where files have been copied to
        ("python -c \"import nltk; nltk.download('punkt')\"", [5]),
        ("python3 -c 'from shop.web import load; load.from_pretrained(1)'", []),
        ("python3 -c 'import os, whisper; whisper.load_model(\"base\")'", [5]),
        ("python3 -c 'import nltk; nltk.download(open(\"a\").read())'", []),
        ("python3 -c 'print(1)'", []),
    ],
)
def test_models_that_code_downloads(tmp_path: Path, run: str, lines: list[int]) -> None:
    install = "COPY requirements.txt .\nRUN pip install -r requirements.txt"
    text = f"FROM python:3.12\nWORKDIR /app\n{install}\nCOPY . .\nRUN {run}\n"
    assert check(tmp_path, text=text, context=MODELS).lines == lines


def test_the_settings_that_a_step_reads_move_with_it(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nCOPY src ./src\nARG V=1\nENV OTHER=1 URL=https://example.com/a-1.2.tgz\n"
        "RUN curl -fsSLO ${URL}\n"
    )
    [found] = check(tmp_path, text=text, context=DATA).found
    assert found.help == "move lines 4 and 5 before this `COPY`"


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("ENV PLAYWRIGHT_BROWSERS_PATH=/ms", "move lines 6 and 7 before this `COPY`"),
        ("ENV HOME=/srv", "move lines 6 and 7 before this `COPY`"),
        ("ENV PORT=80", "move line 7 before this `COPY`"),
    ],
)
def test_where_a_tool_downloads_to_moves_with_it(tmp_path: Path, setting: str, wanted: str) -> None:
    text = (
        "FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\n"
        f"RUN pip install -r requirements.txt\nCOPY . .\n{setting}\nRUN playwright install\n"
    )
    [found] = check(tmp_path, text=text, context=MODELS).found
    assert found.help == wanted
    assert (found.repair is None) == ("lines" in wanted)


MADE = "RUN useradd -r app && mkdir /opt/tool\n"
CLONE = "RUN git clone --depth 1 -b v1 https://github.com/a/tool /opt/tool/src\n"


@pytest.mark.parametrize(
    ("above", "between", "wanted"),
    [
        ("", "", {6: "line 7"}),
        ("COPY --from=build /app/dist /dist\n", "", {6: "line 8"}),
        ("COPY --from=build /app/dist /opt/tool\n", "", {}),  # which the clone needs to be empty
        ("", MADE, {6: "lines 7 and 8"}),
        ("", "USER app\n" + MADE, {}),
        ("", "RUN mkdir /opt/tool && make -C src\n", {}),
        ("", "RUN mkdir /opt/other\n", {6: "line 8"}),
        ("", "USER app\n", {}),
    ],
)
def test_what_a_later_step_cannot_do_without(
    tmp_path: Path, above: str, between: str, wanted: dict[int, str]
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
        f"FROM debian:12\n{above}COPY src ./src\n{between}{CLONE}"
    )
    found = check(tmp_path, text=text, context=DATA).found
    helps = {each.place.start.line: each.help for each in found}
    before = " before this `COPY`"
    assert helps == {
        at: f"move {lines}{before * (before not in lines)}" for at, lines in wanted.items()
    }


STAGES = (
    "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
    "FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
    "FROM debian:12 AS tools\nADD https://example.com/raw-1.2 /opt/raw\n"
    "RUN curl -fsSLo /opt/model.bin https://example.com/model-1.2.bin\n"
    "RUN curl -fsSL https://example.com/t-1.2.tgz | tar -xz -C /opt && mv /opt/t/t /usr/bin/t\n"
    "FROM node:22\nWORKDIR /app\n"
)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (
            "COPY --from=build /app/dist dist\nCOPY --from=deps /app/node_modules node_modules",
            {15: "line 16"},
        ),
        (
            (
                "COPY --from=build /app/bin/shop /usr/local/bin/shop\n"
                "COPY --from=tools /opt/model.bin /opt/data/\n"
                "COPY --from=tools /usr/bin/t /usr/local/bin/"
            ),
            {15: "lines 16 and 17"},
        ),
        ("COPY --from=build /app/bin /usr/bin\nCOPY --from=tools /usr/bin/t /usr/bin/t", {}),
        ("COPY --from=tools /opt/model.bin /data/\nCOPY --from=build /app/dist dist", {}),
        ("COPY --from=build /app/dist dist\nCOPY --from=tools /opt/model.bin /data/", {}),
        ("COPY --from=build /app /app\nCOPY --from=deps /app/node_modules node_modules", {}),
        (
            "COPY --from=build /app/dist /app\nCOPY --from=deps /app/node_modules node_modules",
            {},  # which may bring the same files
        ),
        ("COPY --from=build /app/dist dist\nCOPY --from=tools /etc/t.conf /opt/t/t.conf", {}),
        (
            (
                "COPY --from=build /app/dist dist\nRUN npm ci\n"
                "COPY --from=deps /app/node_modules node_modules"
            ),
            {},
        ),
        (
            (
                "COPY --from=build /app/dist dist\nRUN chown -R node /app\n"
                "COPY --from=deps /app/node_modules node_modules"
            ),
            {},  # above, each chown would store it a second time
        ),
        (
            (
                "COPY --from=build /app/dist dist\nRUN useradd -r shop\n"
                "COPY --from=deps --chown=shop /app/node_modules node_modules"
            ),
            {15: "lines 16 and 17"},
        ),
        ("COPY src src\nADD https://example.com/map-1.2.db /opt/maps/", {15: "line 16"}),
        (
            (
                "COPY src src\nRUN adduser --uid 9 shop\nUSER 9\n"
                "ADD --chown=9 https://example.com/map-1.2.db /home/shop/map.db"
            ),
            {15: "lines 16 and 18"},
        ),
        ("COPY gone gone\nADD https://example.com/map-1.2.db /opt/maps/", {}),
        ("COPY src src\nADD https://example.com/settings.json /opt/maps/", {}),
        ("COPY src src\nADD https://example.com/map-1.2.db /app/src/", {}),
        # each build asks a branch, or what has no version, again: above, that reruns all below
        ("COPY src src\nADD https://github.com/o/maps/archive/main.tar.gz /opt/maps/", {}),
        ("COPY src src\nADD https://example.com/map.tar.gz /opt/maps/", {}),
        (
            f"COPY src src\nADD --checksum=sha256:{'0' * 64} https://example.com/map.tar.gz /opt/m/",
            {15: "line 16"},
        ),
    ],
)
def test_what_other_stages_and_addresses_bring(
    tmp_path: Path, steps: str, wanted: dict[int, str]
) -> None:
    found = check(tmp_path, text=f"{STAGES}{steps}\n", context=DATA + "package.json: {}\n").found
    helps = {each.place.start.line: each.help for each in found}
    before = " before this `COPY`"
    assert helps == {
        at: f"move {lines}{before * (before not in lines)}" for at, lines in wanted.items()
    }


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ("https://example.com/map-1.2.db", [6]),
        ("https://github.com/o/maps/archive/main.tar.gz", []),
    ],
)
def test_what_a_stage_has_of_a_branch_is_not_stable(
    tmp_path: Path, address: str, lines: list[int]
) -> None:
    text = (
        f"FROM debian:12 AS maps\nADD {address} /opt/map\n"
        "RUN curl -fsSLo /opt/model.bin https://example.com/model-3.1.bin\n"
        "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY --from=maps /opt /usr/local/share/m\n"
    )
    assert check(tmp_path, text=text, context=DATA).lines == lines


def test_a_builder_keeps_what_add_has_downloaded(tmp_path: Path) -> None:
    text = "FROM debian:12\nWORKDIR /app\nCOPY src src\nADD https://example.com/a-1.2.db /opt/a/\n"
    (found,) = check(tmp_path, text=text, context=DATA).found
    assert "rebuilds the files of line 4" in found.message


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        ("COPY src /app\nRUN mkdir /data", [7]),
        ("COPY src /srv/venv\nRUN mkdir /data", []),  # which the stage holds as well
        ("COPY src /app\nRUN ./setup --to /srv", []),
    ],
)
def test_a_flattened_stage_lets_pass_what_it_does_not_hold(
    tmp_path: Path, made: str, lines: list[int]
) -> None:
    text = (
        "FROM python:3.12 AS deps\nCOPY requirements.txt /\n"
        "RUN python -m venv /srv/venv && /srv/venv/bin/pip install -r /requirements.txt\n"
        f"FROM python:3.12 AS made\n{made}\n"
        "FROM scratch\nCOPY --from=made / /\nCOPY --from=deps /srv/venv /srv/venv\n"
    )
    context = DATA + "requirements.txt: torch==2.4.0\n"
    at = lines and [text[: text.index("COPY --from=made")].count("\n") + 1]
    assert check(tmp_path, text=text, context=context).lines == at


@pytest.mark.parametrize(
    ("locks", "told"),
    [(2, "18 of the last 21 commits"), (6, "14 of the last 21 commits"), (16, "")],
)
def test_commits_that_change_the_dependencies_are_not_counted(
    tmp_path: Path, locks: int, told: str
) -> None:
    text = (
        "FROM python:3.12 AS deps\nCOPY requirements.txt /\n"
        "RUN python -m venv /srv/venv && /srv/venv/bin/pip install -r /requirements.txt\n"
        "FROM python:3.12\nCOPY src /app\nCOPY --from=deps /srv/venv /srv/venv\n"
    )
    context = "src/app.py 2kB\nrequirements.txt: torch==2.4.0\n"
    found = check(tmp_path, text=text, context=context)
    commit(tmp_path)
    for number in range(20):
        commit(tmp_path, "src/app.py", *["requirements.txt"] * (number < locks))
    assert [message.partition("; ")[2] for message in found.messages] == [
        f"with a build cache {told} would do so needlessly"
    ] * bool(told)


def test_what_is_made_of_a_part_of_the_context_is_not_counted(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS deps\nCOPY requirements.txt /\n"
        "RUN python -m venv /srv/venv && /srv/venv/bin/pip install -r /requirements.txt\n"
        "FROM python:3.12 AS made\nWORKDIR /src\nCOPY . .\nRUN make\n"
        "FROM python:3.12\nCOPY --from=made /src/out /app\nCOPY --from=deps /srv/venv /srv/venv\n"
    )
    context = "src/app.py 2kB\nrequirements.txt: torch==2.4.0\n"
    found = check(tmp_path, text=text, context=context)
    commit(tmp_path)
    for number in range(20):
        commit(tmp_path, "src/app.py", *["requirements.txt"] * (number < 2))
    [message] = found.messages
    assert message.startswith("a change of what is copied rebuilds")
    assert "commits" not in message


_ON_SHOP = """\
FROM python:3.12 AS deps
COPY requirements.txt /
RUN python -m venv /srv/venv && /srv/venv/bin/pip install -r /requirements.txt
FROM python:3.12-slim AS shop
{shop}
CMD ["python", "/app/app.py"]
FROM shop AS shop-web
{web}
"""
_VENV = "COPY --from=deps /srv/venv /srv/venv"


@pytest.mark.parametrize(
    ("shop", "web", "wanted"),
    [
        ("COPY src /app", _VENV, [8]),
        ("COPY src /app", f"{_VENV} \nENV PATH=/srv/venv/bin:$PATH", [8]),
        ("COPY src /app", _VENV.replace("COPY", "COPY --link"), []),
        ("COPY requirements.txt /app/", _VENV, []),  # which seldom changes
        ("COPY --link src /app", _VENV, []),  # the layer stands aside
        ("COPY src /app", "COPY --chown=shop --from=deps /srv/venv /srv/venv", []),  # no number
        ("COPY src /app", "COPY --from=deps /requirements.txt /srv/", []),  # it is small
        ("COPY src /app", f"COPY src /web\n{_VENV}", [8]),  # its own COPY is told, and no other
    ],
)
def test_what_a_stage_with_the_source_has_stored_again(
    tmp_path: Path, shop: str, web: str, wanted: list[int]
) -> None:
    context = "src/app.py 2kB\nrequirements.txt: torch==2.4.0\n"
    found = check(tmp_path, text=_ON_SHOP.format(shop=shop, web=web), context=context)
    assert found.lines == wanted


@pytest.mark.parametrize(
    ("base", "lines"),
    [
        ("base", []),  # which installs again with what the base brings
        ("python:3.12", [7]),
    ],
)
def test_what_is_made_on_the_same_base_comes_again_with_it(
    tmp_path: Path, base: str, lines: list[int]
) -> None:
    text = (
        "FROM python:3.12 AS base\nCOPY src requirements.txt /app/\n"
        f"FROM {base} AS deps\nCOPY requirements.txt /\n"
        "RUN python -m venv /srv/venv && /srv/venv/bin/pip install -r /requirements.txt\n"
        "FROM base\nCOPY --from=deps /srv/venv /srv/venv\n"
    )
    context = "src/app.py 2kB\nrequirements.txt: torch==2.4.0\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(("locks", "told"), [(4, 16), (20, None)])
def test_what_a_base_brings_is_counted_without_the_dependencies(
    tmp_path: Path, locks: int, told: int | None
) -> None:
    text = _ON_SHOP.format(shop="COPY src /app", web=_VENV)
    context = "src/app.py 2kB\nrequirements.txt: torch==2.4.0\n"
    found = check(tmp_path, text=text, context=context)
    commit(tmp_path)
    for number in range(20):
        commit(tmp_path, "src/app.py", *["requirements.txt"] * (number < locks))
    wanted = f"with a build cache {told} of the last 21 commits would do so needlessly"
    assert [each.partition("; ")[2] for each in found.messages] == [wanted] * bool(told)


@pytest.mark.parametrize(
    ("above", "late", "wanted"),
    [
        ("ARG GIT_SHA\nRUN make $GIT_SHA\n", "", []),  # which reruns all below it
        ("ARG GIT_SHA\nCOPY src/$GIT_SHA /x\n", "", []),
        ("ARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\n", "", [5]),  # no COPY is another one with that
        ("ARG SHOP_PORT\nENV PORT=$SHOP_PORT\n", "", [5]),
        ("", "# what the shop needs at last\n", [3]),
        ("", "# copying this last does not block the others\n", []),
        ("", "# copying these last does not block the others\nCOPY models/small.bin ./b/\n", []),
        ("", "# copying these last does not block the others\nCOPY models/small.bin ./b/\n\n", [3]),
    ],
)
def test_what_would_gain_nothing_above(
    tmp_path: Path, above: str, late: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\n{above}WORKDIR /app\nCOPY src ./src\n{late}COPY models ./models\n"
    assert check(tmp_path, text=text, context=DATA).lines == wanted


INTO = (
    "FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json ./\nRUN npm install --omit=dev\n"
    "FROM node:22 AS build\nWORKDIR /src\nCOPY . ./\nRUN {run}\n"
    "FROM node:22-slim\nWORKDIR /app\nCOPY --from=build {taken} ./\n{late}\n"
)
DEPS = "COPY --from=deps /app/node_modules/ node_modules/"
AGENT = "ADD https://example.com/agent-1.2.jar /app/agent.jar"


@pytest.mark.parametrize("late", [DEPS, AGENT, f"{DEPS}\n{AGENT}"])
def test_a_copy_into_the_folder_of_another_may_bring_the_same_files(
    tmp_path: Path, late: str
) -> None:
    text = INTO.format(run="npm ci && npm run build", taken="/src/dist/", late=late)
    assert check(tmp_path, text=text, context="package.json: {}\nsrc/a.js: 1\n").lines == []


@pytest.mark.parametrize("flag", ["", " --no-cache"])
def test_where_each_build_refuses_the_cache_nothing_is_told(tmp_path: Path, flag: str) -> None:
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY src ./src\nCOPY models ./models\n"
    build = f"docker build{flag} -t registry.example.com/a . && docker push registry.example.com/a"
    context = f"src/a.py 2kB\nmodels/a.onnx 30MB\n.git/HEAD: ref\nbuild.sh: {build}\n"
    assert check(tmp_path, text=text, context=context).lines == ([] if flag else [3])


@pytest.mark.parametrize(("name", "lines"), [("big.ttf", [5]), ("own.ttf", [])])
def test_downloads_into_a_folder_that_a_copy_brings(
    tmp_path: Path, name: str, lines: list[int]
) -> None:
    text = (
        "FROM alpine:3.22 AS fonts\n"
        f"RUN mkdir /fonts && cd /fonts && curl -fsSLo {name} https://example.com/big-3.1.ttf\n"
        "FROM debian:12\nWORKDIR /app\nADD . /app/\nCOPY --from=fonts /fonts/ /app/assets/fonts/\n"
    )
    context = "app.py: 1\nassets/fonts/own.ttf 2kB\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("passed", "lines"),
    [("${{ needs.a.outputs.tool }}", []), ("1.4.2", [6])],
)
def test_what_each_push_makes_anew_is_not_stable(
    tmp_path: Path, passed: str, lines: list[int]
) -> None:
    text = (
        "FROM debian:12 AS tools\nARG TOOL=1.4.2\n"
        "RUN curl -fsSL https://example.com/$TOOL.tar.gz | tar xzC /opt\n"
        "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY --from=tools /opt /usr/local/share/t\n"
    )
    workflow = (
        "on: push\\njobs:\\n  image:\\n    runs-on: ubuntu-latest\\n    steps:\\n"
        "      - uses: docker/build-push-action@v6\\n        with:\\n          push: true\\n"
        "          cache-from: type=gha\\n          cache-to: type=gha,mode=max\\n"
        f"          build-args: TOOL={passed}\\n\n"
    )
    context = f"src/app.js 2kB\n.git/HEAD: ref\n.github/workflows/a.yml: {workflow}"
    assert check(tmp_path, text=text, context=context).lines == lines


_TILL = "package.json: {}\npackage-lock.json: {}\nGemfile: \nGemfile.lock: \nsrc/a.js 2kB\n"


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ("COPY src ./src", [8]),
        ("COPY src ./src\nRUN rm -rf /app/node_modules/a/test", [9]),  # what was there decides it
        ("COPY . .", []),  # which may bring such a folder
        ("COPY src ./src\nRUN npm run build", []),  # which may keep a cache there
        ("COPY src ./src\nRUN cp -r src node_modules/own", []),
        ("COPY src ./src\nRUN npm ci", []),
        ("COPY src ./src\nRUN npm install -g a@1", []),  # which goes nobody knows where
    ],
)
def test_what_stands_below_the_install_of_a_folder(
    tmp_path: Path, below: str, lines: list[int]
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\n"
        f"{below}\nFROM node:22-slim\nWORKDIR /srv/till\nCOPY --from=build /app/src ./src\n"
        "COPY --from=build /app/node_modules ./node_modules\n"
    )
    assert check(tmp_path, text=text, context=_TILL).lines == lines


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("COPY Gemfile* ./\nRUN bundle install\nCOPY . .\nRUN bundle exec rake assets", [9]),
        ("COPY . .\nRUN bundle install", []),
        ("RUN gem install bundler\nCOPY . .\nRUN ./setup", []),  # which may install the gems
    ],
)
def test_gems_beside_what_is_built_of_the_source(
    tmp_path: Path, steps: str, lines: list[int]
) -> None:
    text = (
        f"FROM ruby:3.4 AS build\nWORKDIR /app\n{steps}\n"
        "FROM ruby:3.4-slim\nWORKDIR /app\nCOPY --from=build /app /app\n"
        "COPY --from=build /usr/local/bundle /usr/local/bundle\n"
    )
    assert check(tmp_path, text=text, context=_TILL).lines == lines


FROM_CLONE = "git clone https://e.test/tool.git && cd tool && git checkout v1 && go build -o {} ."


@pytest.mark.parametrize(
    ("compiled", "lines"),
    [
        (f"RUN {FROM_CLONE.format('/opt/tool')}\nCOPY src /app", [6]),
        (f"COPY src /app\nRUN {FROM_CLONE.format('/opt/tool')}", []),  # with the source, too
        (f"RUN {FROM_CLONE.format('/opt/tool')}\nCOPY src /app\nRUN strip /opt/tool", []),
        (f"RUN {FROM_CLONE.format('/opt/other')}\nCOPY src /app", []),
        ("COPY src /app\nRUN cd /app && go build -o /opt/tool .", []),
        (f"RUN --mount=type=bind,target=/x {FROM_CLONE.format('/opt/tool')}\nCOPY src /app", []),
        (f"RUN test -f /x || {FROM_CLONE.format('/opt/tool')}\nCOPY src /app", []),
    ],
)
def test_a_program_that_is_compiled_from_a_clone_stays(
    tmp_path: Path, compiled: str, lines: list[int]
) -> None:
    text = (
        f"FROM golang:1.25 AS build\n{compiled}\nFROM debian:12\nWORKDIR /app\n"
        "COPY --from=build /app /app\nCOPY --from=build /opt/tool /usr/local/bin/tool\n"
    )
    assert check(tmp_path, text=text, context=DATA).lines == lines


@pytest.mark.parametrize(("ignored", "safety"), [("", "unsafe"), (".venv", "safe")])
def test_a_folder_that_the_context_may_hold_too(tmp_path: Path, ignored: str, safety: str) -> None:
    text = (
        "FROM python:3.12 AS deps\nWORKDIR /app\nCOPY uv.lock pyproject.toml ./\n"
        "RUN uv sync --frozen --no-install-project\n"
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCOPY --from=deps /app/.venv ./.venv\n"
    )
    context = "src/app.py 2kB\nuv.lock: version = 1\npyproject.toml: [project]\n"
    found = check(tmp_path, text=text, context=f"{context}.dockerignore: {ignored}\n")
    assert found.safeties == [safety]


@pytest.mark.parametrize(
    ("on", "changed", "lines"),
    [
        ("push: {tags: ['v*']}", ("src/app.py", "uv.lock"), []),
        ("push: {tags: ['v*']}", ("src/app.py",), [7]),
        ("push: {branches: [main]}", ("src/app.py",), [7]),
    ],
)
def test_a_release_has_other_lists_as_well(
    tmp_path: Path, on: str, changed: tuple[str, ...], lines: list[int]
) -> None:
    text = (
        "FROM python:3.12 AS deps\nWORKDIR /app\nCOPY uv.lock pyproject.toml ./\n"
        "RUN uv sync --frozen --no-install-project\n"
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCOPY --from=deps /app/.venv ./.venv\n"
    )
    context = "src/app.py 2kB\nuv.lock: version = 1\npyproject.toml: [project]\n"
    found = check(tmp_path, text=text, context=context)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    with_ = "{context: ., push: true, cache-from: 'type=registry,ref=shop'}"
    (tmp_path / ".github/workflows/a.yml").write_text(
        f"on: {{{on}}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - {{uses: docker/build-push-action@v6, with: {with_}}}\n"
    )
    commit(tmp_path)
    for number in range(20):
        commit(tmp_path, *(changed if number % 3 == 0 else ("src/app.py",)))
    assert found.lines == lines


@pytest.mark.parametrize(
    ("taken", "ignored", "helps"),
    [
        ("/srv/./node_modules/", "node_modules", ["move lines 9 and 11 before this COPY"]),
        ("/srv/./n*", "node_modules", ["move line 9 before this COPY"]),  # wherever that goes
    ],
)
def test_what_keeps_its_folders_lands_in_these(
    tmp_path: Path, taken: str, ignored: str, helps: list[str]
) -> None:
    """And what stands below a second COPY is told of the first, if it does without both."""
    text = (
        "FROM node:22 AS deps\nWORKDIR /srv\nCOPY package.json .\nRUN npm install\n"
        "FROM node:22 AS built\nCOPY src src\n"
        "FROM node:22\nCOPY . /srv/app\nCOPY --from=deps /srv/node_modules /opt/lib/node_modules\n"
        f"COPY --from=built src /srv/app/out\nCOPY --parents --from=deps {taken} /srv/app\n"
    )
    context = (
        f'package.json: {{"dependencies": {{"a": "1"}}}}\nsrc/a.js 2kB\n.dockerignore: {ignored}\n'
    )
    found = check(tmp_path, text=text, context=context)
    assert [each.partition("help: ")[2] or each for each in found.texts] == helps
