r"""Build tools are listed as runtime dependencies and installed into the final image.

## What it does

Finds bundlers, test runners and linters under `dependencies` of the `package.json` whose install
ships.

## Why is this bad?

`npm ci --omit=dev` leaves out only what `package.json` lists under `devDependencies`. A bundler,
test runner or linter under `dependencies` is installed with everything it depends on, and is pushed
and pulled with the image.

**Measured:** `npm ci` with `webpack` and `prettier` is a layer of 9.48 MB, built and pushed for
`benchmarks/installs.md`.

## Example

```context
package.json: {"dependencies": {"express": "4.19.2", "webpack": "5.91.0"}, "scripts": {"start": "node server.js"}}
package-lock.json: {"packages": {"": {"dependencies": {"express": "4.19.2", "webpack": "5.91.0"}}}}
server.js
```

```dockerfile bad
FROM node:20.11-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY server.js .
CMD ["node", "server.js"]
```

```context
package.json: {"dependencies": {"express": "4.19.2"}, "devDependencies": {"webpack": "5.91.0"}}
package-lock.json: {"packages": {"": {"dependencies": {"express": "4.19.2"}}}}
server.js
```

```dockerfile good
FROM node:20.11-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY server.js .
CMD ["node", "server.js"]
```

## How sure

The manifest is the one in the build context, the tools are known by name, and the install ships.
The rule is silent when a step of the final image or its command names one of them, directly or
through a script. So it is when a step makes the assets of Rails or Phoenix (`rake
assets:precompile`), and when a source file of the build context imports one. Their size is unknown.

## When not to follow it

Keep them when the program starts the tool at run time.

## Options

None.

## References

- `bloat/dev-deps-shipped`, for installs that include `devDependencies`
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__, __doc__, since="0.1", needs=((shell.Install, "make"),), severity=Severity.INFO
)

MAX_NAMES = 3  # tools that a message lists


@rule.on(facts.Stage)
def tools(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report installs without development dependencies that still install build tools."""
    build = context.build
    if not build.live(stage) or build.stays_local(stage):
        return
    for found in build.installs.tools_listed(stage):
        shown = ", ".join(f"`{name}`" for name in found.names[:MAX_NAMES])
        more = len(found.names) - MAX_NAMES
        rest = f" and {more} more" if more > 0 else ""
        yield Finding(
            found.install,
            f"`{found.manifest}` lists {shown}{rest} under `dependencies`, so"
            f" {found.install.command.quoted} ships build tools",
            help="list them under `devDependencies`",
        )
