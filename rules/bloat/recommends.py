r"""apt installs what packages recommend, too, since nothing tells it not to.

A recommended package is one that most users of a desktop or server want beside another; an image seldom does. Debian
and Ubuntu install them by default, and what they need as well: mail servers, documentation tools, icon themes.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install --no-install-recommends -y git && rm -rf /var/lib/apt/lists/*
```

How sure: that they would be installed is certain, unless the base image brings a setting of its own; how many there
are, only apt knows. A setting of the file's (`APT::Install-Recommends`), wherever it stands, is respected.

When not to follow it: where a recommended package is needed (`ca-certificates` beside `curl`, say); name it then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint import Finding, Fix, Install, Rule, Run, Safety, Severity, put_behind, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Command, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=Safety.UNSAFE, aliases=("DL3015",))

_PROGRAMS = frozenset(("apt", "apt-get"))
_WANTED = re.compile(r"#.*\brecommends")  # somebody has thought about it


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
        if each.command.name in _PROGRAMS and any(one.kind == "index" for one in each.packages) and _takes(each.command)
    ]
    source = build.dockerfile.source
    if not found or "Install-Recommends" in source.text or _WANTED.search(source[run.span]):
        return
    edits = [
        put_behind(build, run, word, "--no-install-recommends")
        for each in found
        for word in each.command.args
        if word.raw == "install"
    ]
    fix = Fix("leave recommended packages out", tuple(edits), Safety.UNSAFE) if len(edits) == len(found) else None
    yield Finding(run, f"{said(found[0].command)} installs what its packages recommend, too", fix=fix)


def _takes(command: Command) -> bool:
    """Tell whether the command is an install that nothing keeps from it; an unknown word may be a flag."""
    words = [word.form for word in command.args]
    if "install" not in words or any(word.text is None and word.form.startswith("$") for word in command.args):
        return False
    return command.certain and not any("ecommends" in word for word in words)
