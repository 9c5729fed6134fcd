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
        (workflow(), True),
        (workflow("|\n            linux/amd64\n            linux/arm64"), True),
        (workflow(steps=SET_UP), True),
        (workflow(steps=OWN_BUILDER), True),
        (workflow(OF_ROW, "ubuntu-latest", matrix=MATRIX % "none"), True),
        (workflow(machine="ubuntu-24.04-arm"), True),
        (workflow("linux/amd64"), False),
        (workflow("linux/arm64"), False),  # nothing shows that it would build on the machine's own
        (workflow("linux/amd64,linux/386"), False),
        (workflow("linux/arm64,linux/arm/v7", "ubuntu-24.04-arm"), False),
        (workflow(OF_ROW, "${{ matrix.runner }}", matrix=MATRIX % "ubuntu-24.04-arm"), False),
        (workflow(machine="self-hosted"), False),
        (workflow(machine="[self-hosted, linux]"), False),
        (workflow(machine="large-runner"), False),
        (workflow(machine="macos-14"), False),
        (workflow(machine="${{ vars.RUNNER }}"), False),
        (workflow(BY_EVENT), False),
        (workflow("${{ vars.PLATFORMS }}"), False),
        (workflow("linux/amd64,${{ vars.MORE }}"), False),
        (workflow(steps=REMOTE), False),
        (workflow(steps=CREATED), False),
        (workflow(steps=f"{SET_UP}        with:\n          driver: cloud\n"), False),
        (f"env:\n  DOCKER_HOST: ssh://arm.example.com\n{workflow()}", False),
        (workflow().replace("push: true", "push: false"), False),
        (workflow().replace("docker/build-push", "depot/build-push"), False),
        ("on: push\njobs: {}\n", False),
    ],
)
def test_which_builds_are_emulated(tmp_path: Path, told: str, hit: bool) -> None:
    assert emulated(tmp_path, GO, told).lines == [1] * hit


@pytest.mark.parametrize(
    ("options", "hit"),
    [(f"--platform {BOTH} --push", True), ("--platform linux/amd64 --push", False), ("", False)],
)
def test_a_command_names_its_platforms(tmp_path: Path, options: str, hit: bool) -> None:
    steps = f"      - run: docker buildx build {options} -t example.com/shop .\n"
    told = f"on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    assert emulated(tmp_path, GO, told).lines == [1] * hit


def test_a_platform_that_another_workflow_builds_natively_for_itself(tmp_path: Path) -> None:
    native = workflow(OF_ROW, "${{ matrix.runner }}", matrix=MATRIX % "ubuntu-24.04-arm")
    [message] = emulated(tmp_path, GO, native, workflow("linux/amd64,linux/s390x")).messages
    assert message == (
        "`go build -o /out/shop .` runs under emulation for `linux/s390x`:"
        " `.github/workflows/1.yml` builds this stage once for each platform on `ubuntu-latest`"
    )


@pytest.mark.parametrize(
    ("before", "after", "hit"),
    [
        ("", "", True),
        (BUILDS, "ENV CGO_ENABLED=0\nRUN go build -o /out/shop .\n", True),
        (BUILDS, "ARG CGO_ENABLED=0\nRUN go build -o /out/shop .\n", True),
        (BUILDS, "RUN export CGO_ENABLED=0 && go build -o /out/ ./...\n", True),
        (BUILDS, "RUN CGO_ENABLED=0 GOOS=linux go build -o /out/shop .\n", True),
        (BUILDS, "RUN CGO_ENABLED=0 go build -o /out/shop . && mv /out/shop /out/a\n", True),
        (BUILDS, f"RUN apt-get update && apt-get install -y tzdata\n{BUILDS}", True),
        (BUILDS, f"RUN go install example.com/tool@v1.2.0\n{BUILDS}", True),
        (BUILDS, f"RUN --mount=type=cache,target=/root/.cache {BUILDS[4:]}", True),
        ("golang:1.24", "docker.io/library/golang:1.24-alpine@sha256:" + "0" * 64, True),
        (TAKES, f"{TAKES}COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo\n", True),
        (TAKES, f"{TAKES}COPY --from=build /etc/ssl/certs/ca.crt /etc/ssl/certs/\n", True),
        (TAKES, f"{TAKES}COPY --from=build /src/templates /srv/templates\n", True),
        # C, or nobody knows
        (BUILDS, "RUN go build -o /out/shop .\n", False),
        (BUILDS, "RUN CGO_ENABLED=1 go build -o /out/shop .\n", False),
        (BUILDS, "ARG CGO\nRUN CGO_ENABLED=$CGO go build -o /out/shop .\n", False),
        (BUILDS, "RUN CGO_ENABLED=0 go build -race -o /out/shop .\n", False),
        (BUILDS, "RUN CGO_ENABLED=0 go build -buildmode=plugin -o /out/shop .\n", False),
        # it compiles for a platform already, or looks at the machine
        ("FROM golang", "FROM --platform=$BUILDPLATFORM golang", False),
        ("FROM golang", "FROM --platform=linux/amd64 golang", False),
        (BUILDS, "RUN CGO_ENABLED=0 GOARCH=arm64 go build -o /out/shop .\n", False),
        (BUILDS, "RUN CGO_ENABLED=0 GOOS=plan9 go build -o /out/shop .\n", False),
        (BUILDS, f"ARG TARGETARCH\n{BUILDS}", False),
        (BUILDS, f"RUN test $(uname -m) = riscv\n{BUILDS}", False),
        (BUILDS, f"COPY --from=tonistiigi/xx / /\n{BUILDS}", False),
        # what it has built runs, or what does so is not known
        (BUILDS, f"{BUILDS}RUN /out/shop --version\n", False),
        (BUILDS, f"RUN go generate ./...\n{BUILDS}", False),
        (BUILDS, f"RUN go test ./...\n{BUILDS}", False),
        (BUILDS, f"RUN ./prepare.sh\n{BUILDS}", False),
        (BUILDS, f'SHELL ["/bin/bash", "-c"]\n{BUILDS}', False),
        (BUILDS, "RUN CGO_ENABLED=0 make\n", False),
        (BUILDS, 'RUN ["go", "build", "-o", "/out/shop", "."]\n', False),
        # something else of the image's or of its packages' leaves it
        (TAKES, f"{TAKES}COPY --from=build /usr/lib/libz.so /usr/lib/\n", False),
        (TAKES, f"{TAKES}COPY --from=build /go/bin/tool /usr/bin/\n", False),
        (TAKES, f"{TAKES}COPY --from=build / /\n", False),
        (TAKES, f"{TAKES}RUN --mount=from=build,target=/b cp /b/out/shop /shop\n", False),
        (TAKES, "COPY --from=build /src/README.md /srv/\n", False),
        (BUILDS, f"{BUILDS}RUN cp /lib/ld-musl.so /out/\n", False),
        (BUILDS, f"{BUILDS}RUN apk add -p /out busybox\n", False),
        (BUILDS, f"ADD https://example.com/tool /out/tool\n{BUILDS}", False),
        # it ships itself, or another image is not known
        ("FROM alpine:3.20", "FROM build", False),
        ("golang:1.24", "example.com/team/golang:1.24", False),
        ("golang:1.24", "golang:1.24-windowsservercore", False),
    ],
)
def test_programs_of_go(tmp_path: Path, before: str, after: str, hit: bool) -> None:
    text = GO.replace(before, after) if before else GO
    assert emulated(tmp_path, text).lines == [1] * hit


@pytest.mark.parametrize(
    ("before", "after", "hit"),
    [
        ("", "", True),
        ("npm install", "yarn install", True),
        ("npm run build", "npx ng build", True),
        ("npm run build", "npm run build:web && rm -rf node_modules", True),
        ("FROM node:22", "FROM oven/bun:1", True),
        ("nginx:1.27", "python:3.12-slim", True),
        (SERVED, "COPY --from=web /web/dist/shop /srv/shop\n", True),
        ("FROM nginx", "FROM web AS more\nRUN npm run build:more\n\nFROM nginx", True),
        # more than bundles leaves it
        (SERVED, f"{SERVED}COPY --from=web /web/node_modules /srv/node_modules\n", False),
        (SERVED, "COPY --from=web /web /srv\n", False),
        (SERVED, "COPY --from=web /web/.next/standalone /srv\n", False),
        (SERVED, "COPY --from=web /web/build/server /srv\n", False),
        (SERVED, "ARG D\nCOPY --from=web /web/$D /srv\n", False),
        ("WORKDIR /web", "WORKDIR /web/dist", False),  # the packages are there, too
        ("COPY . .\n", "COPY . .\nRUN cp -r node_modules dist/\n", False),
        # Node may run it
        ("nginx:1.27", "node:22-slim", False),
        ("nginx:1.27", "example.com/team/base", False),
        ("FROM nginx:1.27\n", "FROM alpine:3.20\nRUN apk add nodejs\n", False),
        # programs, or nobody knows
        ("npm run build", "npm run build && npx pkg .", False),
        ("npm run build", "bun build --compile ./shop.ts", False),
        ("npm run build", "./build.sh", False),
        ("COPY . .\n", "COPY --from=golang:1.24 /usr/local/go /go\nCOPY . .\n", False),
        ("COPY . .\n", "ARG TARGETPLATFORM\nCOPY . .\n", False),
        ("FROM node", "FROM --platform=$BUILDPLATFORM node", False),
        ("npm run build", "npm run lint", False),
    ],
)
def test_front_ends(tmp_path: Path, before: str, after: str, hit: bool) -> None:
    text = FRONT.replace(before, after) if before else FRONT
    assert emulated(tmp_path, text).lines == [1] * hit


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
        "`npm run build` and `go build -o /out/shop .` run under emulation for `linux/arm64`:"
        " `.github/workflows/0.yml` builds these stages once for each platform on `ubuntu-latest`"
    )
    assert found.help.startswith("start each of these stages with ")


def test_a_program_of_another_platform_would_not_run(tmp_path: Path) -> None:
    """What is taken from a stage that stays where it is may be a program."""
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
