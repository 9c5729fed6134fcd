"""Which stages need not be built under emulation, and all that keeps dlint from saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import Checked, checked

if TYPE_CHECKING:
    from pathlib import Path

GO = """\
FROM golang:1.24 AS build
WORKDIR /src
COPY go.mod .
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /out/shop .

FROM alpine:3.20
COPY --from=build /out/shop /usr/bin/shop
"""
FRONT = """\
FROM node:22 AS web
WORKDIR /web
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM nginx:1.27
COPY --from=web /web/dist /usr/share/nginx/html
"""
BUILDS = "RUN CGO_ENABLED=0 go build -o /out/shop .\n"
TAKES = "COPY --from=build /out/shop /usr/bin/shop\n"
SERVED = "COPY --from=web /web/dist /usr/share/nginx/html\n"
PUSHES = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
BOTH = "linux/amd64,linux/arm64"


def workflow(
    platforms: str = BOTH, machine: str = "ubuntu-latest", steps: str = "", matrix: str = ""
) -> str:
    built = f"{PUSHES}          platforms: {platforms}\n"
    return f"on: push\njobs:\n  image:\n    runs-on: {machine}\n{matrix}    steps:\n{steps}{built}"


def emulated(
    folder: Path, text: str, *workflows: str, package: str = '{"scripts": {"build": "vite build"}}'
) -> Checked:
    files = {"main.go": "package main\n", "go.mod": "module shop\n", "package.json": package}
    for number, each in enumerate(workflows or (workflow(),)):
        files[f".github/workflows/{number}.yml"] = each
    (folder / ".git").mkdir()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return checked(folder, "stage/emulated-build", text)


MATRIX = """\
    strategy:
      matrix:
        include:
          - {platform: linux/amd64, runner: ubuntu-24.04}
          - {platform: linux/arm64, runner: %s}
"""
OF_ROW = "${{ matrix.platform }}"
SET_UP = "      - uses: docker/setup-buildx-action@v3\n"
REMOTE = (
    f"{SET_UP}        with:\n          append: |\n            - endpoint: ssh://arm.example.com\n"
)
CREATED = "      - run: docker buildx create --use --append ssh://arm.example.com\n"
OWN_BUILDER = "      - run: docker buildx create --use --name several\n"
BY_EVENT = f"${{{{ github.ref == 'refs/heads/main' && '{BOTH}' || 'linux/amd64' }}}}"


@pytest.mark.parametrize(
    ("told", "hit"),
    [
        (workflow(), 1),
        (workflow("|\n            linux/amd64\n            linux/arm64"), 1),
        (workflow(steps=SET_UP), 1),
        (workflow(steps=OWN_BUILDER), 1),
        (workflow(OF_ROW, "ubuntu-latest", matrix=MATRIX % "none"), 1),
        (workflow(machine="ubuntu-24.04-arm"), 1),
        (workflow("linux/amd64"), 0),
        (workflow("linux/arm64"), 0),  # nothing shows that it would build on the machine's own
        (workflow("linux/amd64,linux/386"), 0),
        (workflow("linux/arm64,linux/arm/v7", "ubuntu-24.04-arm"), 0),
        (workflow(OF_ROW, "${{ matrix.runner }}", matrix=MATRIX % "ubuntu-24.04-arm"), 0),
        (workflow(machine="self-hosted"), 0),
        (workflow(machine="[self-hosted, linux]"), 0),
        (workflow(machine="large-runner"), 0),
        (workflow(machine="macos-14"), 0),
        (workflow(machine="${{ vars.RUNNER }}"), 0),
        (workflow(BY_EVENT), 0),
        (workflow("${{ vars.PLATFORMS }}"), 0),
        (workflow("linux/amd64,${{ vars.MORE }}"), 0),
        (workflow(steps=REMOTE), 0),
        (workflow(steps=CREATED), 0),
        (workflow(steps=f"{SET_UP}        with:\n          driver: cloud\n"), 0),
        (f"env:\n  DOCKER_HOST: ssh://arm.example.com\n{workflow()}", 0),
        (workflow().replace("push: true", "push: false"), 0),
        (workflow().replace("docker/build-push", "depot/build-push"), 0),
        ("on: push\njobs: {}\n", 0),
    ],
)
def test_which_builds_are_emulated(tmp_path: Path, told: str, hit: int) -> None:
    assert emulated(tmp_path, GO, told).lines == [1][:hit]


@pytest.mark.parametrize(
    ("options", "hit"),
    [(f"--platform {BOTH} --push", 1), ("--platform linux/amd64 --push", 0), ("", False)],
)
def test_a_command_names_its_platforms(tmp_path: Path, options: str, hit: int) -> None:
    steps = f"      - run: docker buildx build {options} -t example.com/shop .\n"
    told = f"on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    assert emulated(tmp_path, GO, told).lines == [1][:hit]


def test_a_platform_that_another_workflow_builds_natively_for_itself(tmp_path: Path) -> None:
    native = workflow(OF_ROW, "${{ matrix.runner }}", matrix=MATRIX % "ubuntu-24.04-arm")
    [message] = emulated(tmp_path, GO, native, workflow("linux/amd64,linux/s390x")).messages
    assert message == (
        "the builder emulates `linux/s390x` to run `go build -o /out/shop .`:"
        " `.github/workflows/1.yml` builds several platforms on `ubuntu-latest`"
    )


@pytest.mark.parametrize(
    ("before", "after", "hit"),
    [
        ("", "", 1),
        (BUILDS, "ENV CGO_ENABLED=0\nRUN go build -o /out/shop .\n", 1),
        (BUILDS, "ARG CGO_ENABLED=0\nRUN go build -o /out/shop .\n", 1),
        (BUILDS, "RUN export CGO_ENABLED=0 && go build -o /out/ ./...\n", 1),
        (BUILDS, "RUN CGO_ENABLED=0 GOOS=linux go build -o /out/shop .\n", 1),
        (BUILDS, "RUN CGO_ENABLED=0 go build -o /out/shop . && mv /out/shop /out/a\n", 1),
        (BUILDS, f"{BUILDS}RUN upx /out/shop\n", 1),  # it packs programs of other platforms, too
        (BUILDS, f"{BUILDS}RUN strip /out/shop\n", 0),  # this knows those of its own alone
        (BUILDS, f"RUN apt-get update && apt-get install -y tzdata\n{BUILDS}", 1),
        (BUILDS, f"RUN go install example.com/tool@v1.2.0\n{BUILDS}", 1),
        (BUILDS, f"RUN --mount=type=cache,target=/root/.cache {BUILDS[4:]}", 1),
        ("golang:1.24", "docker.io/library/golang:1.24-alpine@sha256:" + "0" * 64, 1),
        (TAKES, f"{TAKES}COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo\n", 1),
        (TAKES, f"{TAKES}COPY --from=build /etc/ssl/certs/ca.crt /etc/ssl/certs/\n", 1),
        (TAKES, f"{TAKES}COPY --from=build /src/templates /srv/templates\n", 1),
        # C, or nobody knows
        (BUILDS, "RUN go build -o /out/shop .\n", 0),
        (BUILDS, "RUN CGO_ENABLED=1 go build -o /out/shop .\n", 0),
        (BUILDS, "ARG CGO\nRUN CGO_ENABLED=$CGO go build -o /out/shop .\n", 0),
        (BUILDS, "RUN CGO_ENABLED=0 go build -race -o /out/shop .\n", 0),
        (BUILDS, "RUN CGO_ENABLED=0 go build -buildmode=plugin -o /out/shop .\n", 0),
        # it compiles for a platform already, or looks at the machine
        ("FROM golang", "FROM --platform=$BUILDPLATFORM golang", 0),
        ("FROM golang", "FROM --platform=linux/amd64 golang", 0),
        (BUILDS, "RUN CGO_ENABLED=0 GOARCH=arm64 go build -o /out/shop .\n", 0),
        (BUILDS, "RUN CGO_ENABLED=0 GOOS=plan9 go build -o /out/shop .\n", 0),
        (BUILDS, f"ARG TARGETPLATFORM\n{BUILDS}", 0),
        (BUILDS, f"ARG TARGETARCH=arm64\n{BUILDS}", 0),
        (BUILDS, f'ARG TARGETARCH\nRUN test "$TARGETARCH" = arm\n{BUILDS}', 0),
        (BUILDS, "RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /out/shop .\n", 0),
        (BUILDS, f"RUN test $(uname -m) = riscv\n{BUILDS}", 0),
        (BUILDS, f"COPY --from=tonistiigi/xx / /\n{BUILDS}", 0),
        # what it has built runs, or what does so is not known
        (BUILDS, f"{BUILDS}RUN /out/shop --version\n", 0),
        (BUILDS, f"RUN go generate ./...\n{BUILDS}", 0),
        (BUILDS, f"RUN go test ./...\n{BUILDS}", 0),
        (BUILDS, f"RUN ./prepare.sh\n{BUILDS}", 0),
        (BUILDS, f'SHELL ["/bin/bash", "-c"]\n{BUILDS}', 0),
        (BUILDS, "RUN CGO_ENABLED=0 make\n", 0),
        (BUILDS, 'RUN ["go", "build", "-o", "/out/shop", "."]\n', 0),
        # something else of the image's or of its packages' leaves it
        (TAKES, f"{TAKES}COPY --from=build /usr/lib/libz.so /usr/lib/\n", 0),
        (TAKES, f"{TAKES}COPY --from=build /go/bin/tool /usr/bin/\n", 0),
        (TAKES, f"{TAKES}COPY --from=build / /\n", 0),
        (TAKES, f"{TAKES}RUN --mount=from=build,target=/b cp /b/out/shop /shop\n", 0),
        (TAKES, "COPY --from=build /src/README.md /srv/\n", 0),
        (BUILDS, f"{BUILDS}RUN cp /lib/ld-musl.so /out/\n", 0),
        (BUILDS, f"{BUILDS}RUN apk add -p /out busybox\n", 0),
        (BUILDS, f"ADD https://example.com/tool /out/tool\n{BUILDS}", 0),
        # it ships itself, or another image is not known
        ("FROM alpine:3.20", "FROM build", 0),
        ("golang:1.24", "example.com/team/golang:1.24", 0),
        ("golang:1.24", "golang:1.24-windowsservercore", 0),
    ],
)
def test_programs_of_go(tmp_path: Path, before: str, after: str, hit: int) -> None:
    text = GO.replace(before, after) if before else GO
    assert emulated(tmp_path, text).lines == [1][:hit]


@pytest.mark.parametrize(
    ("before", "after", "hit"),
    [
        ("", "", 1),
        ("npm install", "yarn install", 1),
        ("npm run build", "npx ng build", 1),
        ("npm run build", "npm run build:web && rm -rf node_modules", 1),
        ("FROM node:22", "FROM oven/bun:1", 1),
        ("nginx:1.27", "python:3.12-slim", 1),
        (SERVED, "COPY --from=web /web/dist/shop /srv/shop\n", 1),
        ("FROM nginx", "FROM web AS more\nRUN npm run build:more\n\nFROM nginx", 1),
        # more than bundles leaves it
        (SERVED, f"{SERVED}COPY --from=web /web/node_modules /srv/node_modules\n", 0),
        (SERVED, "COPY --from=web /web /srv\n", 0),
        (SERVED, "COPY --from=web /web/.next/standalone /srv\n", 0),
        (SERVED, "COPY --from=web /web/build/server /srv\n", 0),
        (SERVED, "ARG D\nCOPY --from=web /web/$D /srv\n", 0),
        ("WORKDIR /web", "WORKDIR /web/dist", 0),  # the packages are there, too
        ("COPY . .\n", "COPY . .\nRUN cp -r node_modules dist/\n", 0),
        # Node may run it
        ("nginx:1.27", "node:22-slim", 0),
        ("nginx:1.27", "example.com/team/base", 0),
        ("nginx:1.27", "example.com/python-nodejs:3.12", 0),
        ("nginx:1.27", "ubuntu:24.04", 1),
        ("FROM nginx:1.27\n", "FROM alpine:3.20\nRUN apk add nodejs\n", 0),
        # programs, or nobody knows
        ("npm run build", "npm run build && npx pkg .", 0),
        ("npm run build", "bun build --compile ./shop.ts", 0),
        ("npm run build", "./build.sh", 0),
        ("COPY . .\n", "COPY --from=golang:1.24 /usr/local/go /go\nCOPY . .\n", 0),
        ("COPY . .\n", "ARG TARGETPLATFORM\nCOPY . .\n", 0),
        ("FROM node", "FROM --platform=$BUILDPLATFORM node", 0),
        ("npm run build", "npm run lint", 0),
    ],
)
def test_front_ends(tmp_path: Path, before: str, after: str, hit: int) -> None:
    text = FRONT.replace(before, after) if before else FRONT
    assert emulated(tmp_path, text).lines == [1][:hit]


APART = """\
FROM node:22 AS deps
WORKDIR /web
COPY package.json .
RUN npm install

FROM node:22 AS web
WORKDIR /web
COPY --from=deps /web/node_modules node_modules
COPY . .
RUN npm run build

FROM nginx:1.27
COPY --from=web /web/dist /usr/share/nginx/html
"""
FLAG = "FROM --platform=$BUILDPLATFORM node"


def test_stages_that_give_one_another_their_packages_move_together(tmp_path: Path) -> None:
    one = emulated(tmp_path, APART)
    assert [each.place.start.line for each in one.found[0].notes] == [4, 10]
    assert one.fixed == APART.replace("FROM node", FLAG)


@pytest.mark.parametrize(
    "text",
    [
        f"{APART}COPY --from=deps /web/node_modules /srv/node_modules\n",
        APART.replace("npm run build", "./build.sh"),
        APART.replace("FROM node", FLAG, 1),
        APART.replace("/web/dist", "/web"),
        f"{APART}\nFROM node:22-slim\nCOPY --from=deps /web/node_modules /srv/node_modules\n",
    ],
)
def test_stages_of_which_one_has_to_stay(tmp_path: Path, text: str) -> None:
    assert emulated(tmp_path, text).lines == []


@pytest.mark.parametrize(
    "package",
    [
        '{"devDependencies": {"electron": "^30"}, "scripts": {"build": "vite build"}}',
        '{"devDependencies": {"@yao-pkg/pkg": "5"}}',
        '{"scripts": {"build": "bun build --compile shop.ts"}}',
        '{"scripts": {"build": "node-gyp rebuild"}}',
    ],
)
def test_a_project_that_makes_programs(tmp_path: Path, package: str) -> None:
    assert emulated(tmp_path, FRONT, package=package).lines == []


def test_a_front_end_of_which_no_project_is_there(tmp_path: Path) -> None:
    one = emulated(tmp_path, FRONT)
    (tmp_path / "package.json").unlink()
    assert one.lines == []


EMBEDDED = f"{FRONT[: FRONT.index('FROM nginx')]}{GO}".replace(
    "COPY . .\nRUN CGO", "COPY . .\nCOPY --from=web /web/dist ./dist\nRUN CGO"
)


def test_a_front_end_inside_a_program_is_one_finding(tmp_path: Path) -> None:
    [found] = emulated(tmp_path, EMBEDDED).found
    assert found.place.start.line == 1
    assert [each.place.start.line for each in found.notes] == [6, 14]
    assert found.message == (
        "the builder emulates `linux/arm64` to run `npm run build` and `go build -o /out/shop .`:"
        " `.github/workflows/0.yml` builds several platforms on `ubuntu-latest`"
    )
    assert found.help == (
        "use `FROM --platform=$BUILDPLATFORM`, declare `ARG TARGETOS TARGETARCH` before the build,"
        " and compile with `GOOS=$TARGETOS GOARCH=$TARGETARCH go build`"
    )


def test_a_program_of_another_platform_would_not_run(tmp_path: Path) -> None:
    # what is taken from a stage that stays where it is may be one
    text = EMBEDDED.replace("/web/dist ./dist", "/usr/local/bin ./dist")
    assert emulated(tmp_path, text).lines == []


def test_the_fix_declares_the_platform_where_it_is_needed(tmp_path: Path) -> None:
    text = EMBEDDED.replace("RUN CGO", "# the program\nRUN CGO")
    one = emulated(tmp_path, text)
    assert one.safeties == ["unsafe"]
    assert one.fixed == (
        text.replace("FROM node", "FROM --platform=$BUILDPLATFORM node")
        .replace("FROM golang", "FROM --platform=$BUILDPLATFORM golang")
        .replace("# the program\n", "ARG TARGETOS TARGETARCH\n# the program\n")
        .replace("=0 go build", "=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build")
    )


def test_the_system_is_named_once(tmp_path: Path) -> None:
    one = emulated(tmp_path, GO.replace("=0 go", "=0 GOOS=linux go"))
    assert "RUN CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH go build" in one.fixed
    assert "ARG TARGETARCH\n" in one.fixed


def test_a_version_of_arm_is_told(tmp_path: Path) -> None:
    one = emulated(tmp_path, GO, workflow("linux/amd64,linux/arm/v6,linux/arm64"))
    assert "GOARM=${TARGETVARIANT#v} go build" in one.fixed
    assert "ARG TARGETOS TARGETARCH TARGETVARIANT\n" in one.fixed


@pytest.mark.parametrize(
    ("text", "platforms"),
    [
        (GO, "linux/amd64/v2,linux/arm/v7"),  # no version of ARM, so Go may refuse it
        (GO.replace("CGO_ENABLED=0 go", "CGO_ENABLED=0 time go"), BOTH),
        (GO.replace("CGO_ENABLED=0 go build -o /out/shop", "CGO_ENABLED=0 go install"), BOTH),
    ],
)
def test_what_only_people_can_change(tmp_path: Path, text: str, platforms: str) -> None:
    text = text.replace("/out/shop", "/go/bin/shop") if "install" in text else text
    assert emulated(tmp_path, text, workflow(platforms)).safeties == [None]


def test_what_go_installs_is_elsewhere_then(tmp_path: Path) -> None:
    text = GO.replace("go build -o /out/shop", "go install").replace("/out/shop", "/go/bin/shop")
    [found] = emulated(tmp_path, text).found
    assert "`GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o PROGRAM`: `go install` " in found.help


TOLD = GO.replace("RUN CGO", "ARG TARGETARCH TARGETVARIANT\nRUN CGO").replace(
    "=0 go", "=0 GOARCH=${TARGETARCH} go"
)


def test_what_compiles_for_the_platform_already_lacks_a_flag_alone(tmp_path: Path) -> None:
    one = emulated(tmp_path, TOLD)
    assert one.fixed == TOLD.replace("FROM golang", "FROM --platform=$BUILDPLATFORM golang")
    assert one.texts[0].endswith(
        " — help: use FROM --platform=$BUILDPLATFORM: what ships is the same, wherever the stage runs"
    )


def test_a_version_of_arm_that_is_not_told(tmp_path: Path) -> None:
    """The toolchain of a golang image for ARM compiles for the image's own version."""
    one = emulated(tmp_path, TOLD, workflow("linux/amd64,linux/arm/v6"))
    assert "GOARCH=${TARGETARCH} GOARM=${TARGETVARIANT#v} go build" in one.fixed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("go build", "go build -o /out/other ./other && CGO_ENABLED=0 go build"),  # one of two
        ("go build -o /out/shop", "go install"),
    ],
)
def test_what_compiles_for_the_platform_in_part(tmp_path: Path, before: str, after: str) -> None:
    text = TOLD.replace(before, after)
    text = text.replace("/out/shop", "/go/bin/shop") if "install" in text else text
    assert emulated(tmp_path, text).lines == []
