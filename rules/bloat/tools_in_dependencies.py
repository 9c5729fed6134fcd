r"""Tools of the build are listed among the program's own dependencies, and installed for production.

`npm ci --omit=dev` leaves out what `package.json` lists under `devDependencies`, and no more. A
bundler, a test runner or a linter under `dependencies` is installed with all that it needs, which
is often more than the program itself has.

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

How sure: the manifest is that of the build context, the tools are known by their names, and the
folder is pushed. Silent where a step of the pushed image, a script that an install or the image's
start runs, or the image's command names one of them. How large they are nothing here tells.

When not to follow it: where the program itself starts the tool.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)

MAX_NAMES = 3  # tools that a message lists


@rule.on(facts.Stage)
def tools(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report installs without dependencies for development that bring tools all the same."""
    build = context.build
    if not build.live(stage) or stage.is_for_tests:
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
