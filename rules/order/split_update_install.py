r"""The package index is fetched in one RUN and used in another, so a cached, old index decides what
is installed.

Each RUN is cached by itself. The line `apt-get update` never changes, so its layer is taken from
the cache for months, while the install below it runs again at each change of its list: it then asks
for versions that the index still names and the mirror no longer has, and the build fails, or old
packages get in. The index also stays in the layer of the RUN that fetched it, whatever a later RUN
deletes.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

```dockerfile bad
FROM alpine:3.20

# the index
RUN apk update
ENV LANG=C.UTF-8
RUN set -eux; \
    apk add tini; \
    tini --version
```

```dockerfile good
FROM alpine:3.20

ENV LANG=C.UTF-8
# the index
RUN set -eux; \
    apk update; \
    apk add tini; \
    tini --version
```

How sure: certain for apt, apk and zypper, which install from the index that they find; dnf, yum and
`apk --no-cache` look for a new one by themselves. An install that refreshes the index in its own
RUN, an index in a cache mount, and an update that nothing installs from are left alone. An upgrade
beside the update doesn't count as the install.

When not to follow it: there is no such case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.ERROR, fix=fixes.Safety.SAFE, aliases=("DL3009",))

_MENTION = regex(r"\b(?:update|ref)")


@rule.on(syntax.Run)
def old_index(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that fetches an index for later ones."""
    if not _MENTION.search(run.value.text) and not run.heredocs:
        return
    build = context.build
    stage = build.built_stage(run)
    refresh = build.refresh_for_later(run) if stage else None
    user = next(build.users_of_index(run, refresh), None) if refresh else None
    if refresh and user:
        message = (
            f"`{_words(refresh)}` is cached apart from the install in line {user.line}, which"
            " will use an old index"
        )
        related = Related(user, "installs from that index")
        yield Finding(run, message, fix=_fix(build, run, user), related=(related,))


def _words(refresh: shell.Refresh) -> str:
    return " ".join(word.raw for word in (refresh.command.word, *refresh.command.args))


def _fix(build: Build, run: syntax.Run, user: syntax.Run) -> fixes.Fix | None:
    """Put the update in front of the install, where the RUN does nothing else and only settings
    stand between.
    """
    between = build.dockerfile.instructions[run.index + 1 : user.index]
    mergeable = _is_plain(run) and _is_plain(user) and not user.heredocs
    only_settings = all(isinstance(each, _SETTINGS) for each in between)
    if not mergeable or not only_settings or len(build.script(run).commands) != 1:
        return None
    source = build.dockerfile.source
    update = _put_first(build, user, run.rest.text.strip())
    if update is None:
        return None
    return fixes.Fix(
        "refresh the index in the RUN that installs",
        (*fixes.fold(source, run, user), update),
        fixes.Safety.SAFE,
    )


_SETTINGS = (syntax.Arg, syntax.Env, syntax.Label, syntax.Workdir)


def _is_plain(run: syntax.Run) -> bool:
    """Tell whether a RUN has neither flags nor the exec form."""
    return not run.flags and run.json is None


def _put_first(build: Build, run: syntax.Run, command: str) -> fixes.Edit | None:
    """Return an edit that runs a command before all others of a RUN, which fails where that one
    does.
    """
    first, *rest = build.script(run).commands
    if _stops_at_failures(first):
        end = first.span.end
        joint = build.dockerfile.source.text[end : rest[0].span.start] if rest else " && "
        return fixes.Edit(fixes.Span(end, end), joint + command) if "#" not in joint else None
    if any(each.connector not in {"", "&&", "|", "$("} for each in (first, *rest)):
        return None
    at = run.rest.offset(0)
    return fixes.Edit(fixes.Span(at, at), f"{command} && ")


def _stops_at_failures(command: shell.Command) -> bool:
    """Tell whether a command is `set -e` or its like."""
    flags = (word.raw for word in command.args if word.raw.startswith("-"))
    return command.name == "set" and any("e" in flag for flag in flags)
