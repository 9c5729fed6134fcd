r"""A stage is built under emulation, although its result does not need the platform of the image.

## What it does

Finds stages that CI builds for several platforms on one machine, although they could run on that
machine's own platform. Such a stage compiles a program of Go without C, or bundles the files of a
front end.

## Why is this bad?

A stage runs on the platform that the image is for. If the machine has a different one, QEMU emulates
it. Docker's documentation calls that much slower, above all for compilers. The stage is built once
for each platform, too. With `FROM --platform=$BUILDPLATFORM` it runs natively. A front end is
then built once for all platforms, and Go compiles for the others without emulation.

**Measured:** no figure, because how long a build takes depends on the project and the machine.

## Example

```context
go.mod: module example.com/shop\n
main.go: package main\nfunc main() {}\n
.git/HEAD: ref: refs/heads/main\n
.github/workflows/image.yml: on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/setup-qemu-action@v3\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n        with:\n          platforms: linux/amd64,linux/arm64\n          push: true\n
```

```dockerfile bad
FROM golang:1.24 AS build
WORKDIR /src
COPY go.mod .
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /shop .

FROM gcr.io/distroless/static
COPY --from=build /shop /shop
ENTRYPOINT ["/shop"]
```

```dockerfile good
FROM --platform=$BUILDPLATFORM golang:1.24 AS build
WORKDIR /src
COPY go.mod .
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /shop .

FROM gcr.io/distroless/static
COPY --from=build /shop /shop
ENTRYPOINT ["/shop"]
```

```context
package.json: {"name": "shop", "scripts": {"build": "vite build"}}\n
.git/HEAD: ref: refs/heads/main\n
.github/workflows/image.yml: on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/setup-qemu-action@v3\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n        with:\n          platforms: linux/amd64,linux/arm64\n          push: true\n
```

```dockerfile bad
FROM node:22.4 AS build
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM nginx:1.27
COPY --from=build /app/dist /usr/share/nginx/html
```

```dockerfile good
FROM --platform=$BUILDPLATFORM node:22.4 AS build
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM nginx:1.27
COPY --from=build /app/dist /usr/share/nginx/html
```

## How sure

A workflow of GitHub Actions names the platforms and the machine. It builds the image on a runner of
GitHub's, for that machine's own platform and for others, and pushes it. The rule is
silent where a native runner builds a platform, where another builder may help, and where a
condition or an unknown variable decides.

A stage counts if it ships nothing itself and stands on Docker's official image of Go or Node, or on
Bun's. All of its commands have to be known. None may look at the machine, compile for a certain
platform, or start what the stage has built.

For Go, `CGO_ENABLED=0` has to be set. What other stages copy has to be the program, files of the
project, or what is the same everywhere, such as certificates and time zones. A build that passes
`GOARCH=$TARGETARCH` already lacks only the flag of its `FROM`.

For a front end, it has to be a folder such as `dist`, which an image without Node gets. It must
hold no `node_modules`. A stage that installs packages for such a stage moves with it. The rule
is silent if a project of the context depends on what makes programs for one platform, such as
Electron or `node-gyp`.

The finding is an info, because it costs time and no bytes. Its fix is unsafe, because nobody has
built the result. The first example, fixed and with its `FROM` in a stage of its own, was
built with Docker 26.1.5 and Go 1.24 for `linux/amd64`, `linux/arm64` and `linux/arm/v6`, on one
machine without QEMU.

## When not to follow it

Keep the emulation if the stage has to run the program that it builds, or its tests, on the
platform of the image. Keep it if the file is also built without BuildKit, which sets
`BUILDPLATFORM`.

## Options

None.

## References

- [Multi-platform builds](https://docs.docker.com/build/building/multi-platform/)
- [Cross-compilation](https://docs.docker.com/build/building/multi-platform/#cross-compilation)
- [`GOARM`](https://go.dev/wiki/GoArm)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Finding, Related, Rule, Severity, fixes, listed, shell, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

_IMAGES = ("golang", "node", "oven/bun")
rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    severity=Severity.INFO,
    needs=(_IMAGES, "--from"),
    fix=fixes.Safety.UNSAFE,
)

_MOST = 3  # commands or platforms that a message names
_NATIVELY = "use `FROM --platform=$BUILDPLATFORM`"
_SAME = ": what ships is the same, wherever the stage runs"
_INSTALLED = ": `go install` puts programs for another platform into a folder of their own"


@rule.on(syntax.Dockerfile)
def on_another_platform(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the stages that are emulated without need, at the first of them."""
    build = context.build
    emulation = build.platforms.emulation
    found = build.platforms.portable_stages if emulation else ()
    if emulation is None or not found:
        return
    commands = [each for stages in found for _, each in stages.builds]
    named = listed(dict.fromkeys(each.quoted for each in commands), _MOST)
    emulated = listed(map("`{}`".format, emulation.emulated), _MOST)
    yield Finding(
        found[0].first.from_,
        f"the builder emulates {emulated} to run {named}: `{emulation.path}` builds several"
        f" platforms on `{emulation.machine}`",
        help=_help(build, commands),
        fix=_fix(build),
        related=tuple(Related(each, "runs once for each platform") for each in commands),
    )


def _help(build: Build, commands: Sequence[shell.Command]) -> str:
    """Say how stages are built on the machine's own platform."""
    settings = build.platforms.settings_of_go
    if not settings:
        return f"{_NATIVELY}{_SAME}"
    installs = any(each.raw_args[:1] == ("install",) for each in commands)
    verb, why = ("build -o PROGRAM", _INSTALLED) if installs else ("build", "")
    declared, told = " ".join(settings), " ".join(settings.values())
    return (
        f"{_NATIVELY}, declare `ARG {declared}` before the build, and compile with"
        f" `{told} go {verb}`{why}"
    )


def _fix(build: Build) -> fixes.Fix | None:
    edits = build.platforms.native_builds
    if edits is None:
        return None
    return fixes.Fix("build on the builder's own platform", edits, fixes.Safety.UNSAFE)
