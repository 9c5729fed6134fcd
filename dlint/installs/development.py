"""What a project needs for development alone: whether an image wants it, or there is any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.shipping import shipping
from dlint.facts.yarns import brings_development
from dlint.installs.development_use import is_loaded, manifests_of, scripts_with_development
from dlint.project.purpose import is_no_product
from dlint.reads.makefiles import with_recipes
from dlint.reads.starts import started, starting_scripts
from dlint.shell.managers import family
from dlint.syntax import Arg, Copy, Env, Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.shell.managers.manager import Flag
    from dlint.syntax import Instruction

_STARTS = regex(
    r"\b(?:dev|develop|watch|test|tests|nodemon|ts-node|tsx|serve|storybook|start:dev|pytest|jest|lint|debug|cypress|playwright"
    r"|gulp|grunt|webpack|parcel|vite|react-scripts|babel-node)\b"
)
# Whoever starts such an image, or one without a command, says then what is run. 18 of 50 public
# Dockerfiles were such: places to build or test in, and but for two tools each needed what was
# found.
_SHELL = regex(r"\W*(?:/\w+)*/?(?:ba|da|z|a)?sh\W*(?:-l\W*)?")
# A later install, or what takes them out again, whatever does it.
_LEAVES_OUT = regex(r"\bprune\b|--prod|--omit|--no-dev|\bfocus\b|--only=prod|--without|\bdeploy\b")
# A script of the project, and its flags: `yarn build --production` leaves nothing out.
_BUILD_SCRIPT = regex(
    r"\b(?:yarn|npm|pnpm|bun|run|ng|nx|nest|next|turbo|vite|webpack)\s+build\b[^&|;]*"
)
_TESTS = regex(r"\b(?:test|tests|pytest|tox|debugpy)\b")
_TOOLS = frozenset(
    "@angular/cli @vue/cli browser-sync ember-cli eslint gatsby-cli grunt-cli gulp gulp-cli jest"
    " karma-cli live-server mocha nodemon polymer-cli react-scripts ts-node vite webpack"
    " webpack-cli webpack-dev-server".split()
)
# A program of the project's packages by its path: of a server nothing else needs it named.
_PROGRAM = regex(r"\b(?:node_modules/\.bin|vendor/bin)/[\w@.-]")
_CLONES = regex(r"\bgit\s(?:[^\n;&|]{0,200}\s)?clone\s")
# Images that start a server if told nothing else: what is copied onto them is what that serves.
_SERVES = regex(
    r"(?:^|/)(?:php:[\w.-]{0,60}(?:apache|fpm)|php-fpm|php-(?:nginx|apache)|frankenphp)\b"
)
# What a script starts that sources are edited under.
_EDITED_UNDER = regex(rb"\b(?:npm|yarn|pnpm|bun)[ \t](?:run[ \t])?(?:dev|watch)\b|\bnodemon\b")
_STAGES = ("NODE_ENV", "APP_ENV", "RAILS_ENV", "RACK_ENV")
_ENVIRONMENT = regex(r"\b(?:NODE_ENV|APP_ENV|RAILS_ENV|BUNDLE_WITHOUT|COMPOSER_NO_DEV|UV_NO_DEV)\b")


def installed(build: Build, run: Run) -> Install | None:
    """Return a RUN's first install with dependencies for development, if it surely runs, names no
    package and nothing prunes it.
    """
    from dlint.shell.effects import Install

    effects = build.effects(run)
    installs = effects.of(Install)
    brings = (
        each
        for each in installs
        if each.managed_by.development is not None and brings_development(build, run, each)
    )
    install = next(brings, None)
    if install is None or install.packages or not install.command.certain:
        return None
    return None if effects.prune(install) else install


def flag_to_omit(build: Build, run: Run, install: Install) -> Flag | None:
    """Return the flag that leaves them out, as the manager that `run` finds knows it; None where a
    script of the project that the manager runs may need them, or it leaves out more or less.
    """
    from dlint.facts.tools import name_known

    known = install.managed_by.development
    if known is None or known.omit is None or scripts_with_development(build, run, install):
        return None
    if known.unfit is not None and _is_unfit(build, run, install, known.unfit):
        return None
    name = name_known(build, run, install.managed_by, known.omit)
    return known.omit._replace(name=name) if name else None


def _is_unfit(build: Build, run: Run, install: Install, unfit: re.Pattern[bytes]) -> bool:
    """Tell whether the command or a manifest names more than what is always installed."""
    known, words = install.managed_by.development, install.command.forms
    if known is None or any(word.partition("=")[0] == "--with" for word in words):
        return True
    own = manifests_of(build, run, install, known.manifest)
    return any(unfit.search(build.context.read(path)) for path in own)


def advice_to_omit(build: Build, run: Run, install: Install) -> str:
    """Return how to leave them out where no flag does, in words; "" where a script of the project
    may need them.
    """
    known = install.managed_by.development
    if known is None or scripts_with_development(build, run, install):
        return ""
    return known.advice or "install without them"


def installed_again(build: Build, run: Run, install: Install) -> Install | None:
    """Return a later install of the same RUN that may bring them again, since it adds a package to
    the project and leaves out nothing.
    """
    from dlint.shell.effects import Install

    later = (each for each in build.effects(run).of(Install) if each.packages)
    return next(
        (
            each
            for each in later
            if each.manager == install.manager
            and each.span.start > install.span.start
            and not each.everywhere
            and brings_development(build, run, each)
        ),
        None,
    )


def is_brought(build: Build, run: Run, brings: Instruction, install: Install) -> bool:
    """Tell whether `brings`, an install's RUN or a COPY from its stage, may bring dependencies for
    development into an image that is for production and works with none of them.
    """
    if _is_for_development(build, run, brings, install) or _builds(build, brings, install):
        return False
    return _may_name_any(build, run, install) and not is_loaded(build, run, brings, install)


def _may_name_any(build: Build, run: Run, install: Install) -> bool:
    """Tell whether the project of an install may have dependencies for its development: its
    manifest does not say otherwise, nor, where that is not known, all of the context. One that
    needs nothing else is installed for them. Of a project that a step fetches nobody can tell,
    unless its RUN leaves them out with another manager.
    """
    known = install.managed_by.development
    named = {place.form.rpartition("/")[2] for place in install.manifests}
    if known is None or known.manifest not in named:
        return True
    from dlint.installs.unchanged import reads_unchanged

    is_left_out_beside = _is_left_out_beside(build, run, install)
    if not reads_unchanged(build, run, install):
        return is_left_out_beside
    own = set(manifests_of(build, run, install, known.manifest))
    read = [
        text
        for path, entry in build.context.entries.items()
        if path.rpartition("/")[2] == known.manifest
        and (not own or path in own)
        and entry.kind == "file"
        and b"\0" not in (text := build.context.read(path))
    ]
    if not read:
        return is_left_out_beside or not _is_fetched(build, run)
    needs_more = known.kept is None or any(map(known.kept.search, read))
    return needs_more and any(map(known.mark.search, read))


def _is_left_out_beside(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a RUN installs with another manager, too, and leaves out there what development
    needs.
    """
    from dlint.shell.effects import Install

    others = (each for each in build.effects(run).of(Install) if each.manager != install.manager)
    return any(
        each.managed_by.development is not None and not brings_development(build, run, each)
        for each in others
    )


def _is_fetched(build: Build, run: Run) -> bool:
    """Tell whether git brought the project that an install works on, in the same RUN or above."""
    stage = build.stage_of(run)
    runs = (step.instruction for step in (build.chain(stage) if stage else ()))
    above = [each for each in runs if isinstance(each, Run) and each.index <= run.index]
    return any(_CLONES.search(each.value.text) for each in above)


def _is_for_development(build: Build, run: Run, brings: Instruction, install: Install) -> bool:
    """Tell whether the file, the stages or the command of the image, which has them from `brings`,
    say that this is no image for production.
    """
    stage = build.stage_of(brings)
    if stage is None:
        return True
    name = build.dockerfile.source.path.rpartition("/")[2]
    if any(map(is_no_product, (name, *(each.name or "" for each in stage.ancestors())))):
        return True
    starts = _TESTS if family(install.manager) == "python" else _STARTS
    commands = list(started(build, stage))
    modes = " ".join(build.state(run).values.get(name, "") for name in _STAGES)
    if "dev" in modes or any(map(starts.search, commands)):
        return True
    serves = not commands and _SERVES.search(stage.outermost.image or "")
    if "prod" not in modes and not serves and all(map(_SHELL.fullmatch, commands)):
        return True
    return _has_tools(build, stage, brings) or _is_set_later(build, brings)


def _serves_sources(build: Build, stage: Stage) -> bool:
    """Tell whether a script that an image is started with starts a server for development."""
    return any(_EDITED_UNDER.search(text) is not None for text in starting_scripts(build, stage))


def _has_tools(build: Build, stage: Stage, brings: Instruction) -> bool:
    """Tell whether a RUN up to there installs a tool of development for all: the image's command,
    or its user, starts it.
    """
    from dlint.shell.effects import Install

    if _serves_sources(build, stage):
        return True
    above = [step for step in build.chain(stage) if step.instruction.index <= brings.index]
    installs = build.effects_of(Install, above)
    return any(each.everywhere and not _TOOLS.isdisjoint(each.names) for _, each in installs)


def _is_set_later(build: Build, brings: Instruction) -> bool:
    """Tell whether an ENV on top of it says that the image is for development."""
    later = (step.instruction for step in build.fact(shipping).later(brings))
    values = (each.value.text for each in later if isinstance(each, Env))
    return any("dev" in value and _ENVIRONMENT.search(value) for value in values)


def _builds(build: Build, brings: Instruction, install: Install) -> bool:
    """Tell whether this RUN, or one on top of it, runs scripts or tools of the project, or whether
    a variable of the image or a COPY names a program of its packages.
    """
    later = [step.instruction for step in build.fact(shipping).later(brings)]
    if _uses(build, install, (each for each in (brings, *later) if isinstance(each, Run))):
        return True
    stage = build.stage_of(brings)
    above = (step.instruction for step in (build.chain(stage) if stage else ()))
    return any(_names_program(each) for each in (*above, *later))


def _names_program(instruction: Instruction) -> bool:
    """Tell whether an instruction that starts nothing itself names a program of the packages."""
    if not isinstance(instruction, Arg | Copy | Env):
        return False
    return any(map(_PROGRAM.search, instruction.texts))


def is_used_below(build: Build, run: Run, carrier: Copy, install: Install) -> bool:
    """Tell whether the install's RUN, or one on the way to `carrier`, which brings what it made
    into an image, works with what development needs.
    """

    def last(stage: Stage) -> int:
        key = (is_used_below, install.manager, stage.index)
        return build.keep(key, lambda: _last(stage, lambda each: _uses(build, install, [each])))

    return any(last(each) >= run.index for each in _on_the_way(build, run, carrier))


def is_left_out_below(build: Build, run: Run, carrier: Copy) -> bool:
    """Tell whether a RUN, or one on the way to `carrier`, which brings what it made into an image,
    leaves out or takes out again what development needs.
    """
    stages = _on_the_way(build, run, carrier)
    return any(build.fact_of(_last_leaving_out, each) >= run.index for each in stages)


def _on_the_way(build: Build, run: Run, carrier: Copy) -> set[Stage]:
    """Return the stage of a RUN, and those of the stage that `carrier` takes what it made from,
    which may have it by a COPY of its own: of their RUNs it and those below it are on the way.
    """
    taken = build.origin_of(carrier)
    return {*filter(None, (build.stage_of(run),)), *(taken.ancestors() if taken else ())}


def _last_leaving_out(_: Build, stage: Stage) -> int:
    """Return the number of a stage's last RUN that leaves out what development needs, as `_last`; a
    fact of the stage, since each RUN asks.
    """
    return _last(stage, lambda run: _LEAVES_OUT.search(_BUILD_SCRIPT.sub("", run.value.text)))


def _last(stage: Stage, wanted: Callable[[Run], object]) -> int:
    """Return the number of the last RUN of a stage that is wanted; -1 where none is."""
    runs = (each for each in stage.instructions if isinstance(each, Run) and wanted(each))
    return max((each.index for each in runs), default=-1)


def _uses(build: Build, install: Install, runs: Iterable[Run]) -> bool:
    known = install.managed_by.development
    return known is not None and any(
        known.used_by.search(text) or _PROGRAM.search(text) for text in _texts(build, runs)
    )


def _texts(build: Build, runs: Iterable[Run]) -> Iterator[str]:
    """Yield what RUNs say, with the recipes of the context's Makefiles that they run."""
    from dlint.facts.placed import placed

    for run in runs:
        step = build.step_of(run) if "make" in run.value.text else None
        places = build.fact(placed).before(step) if step else {}
        yield with_recipes(build, step, run, places) if step else run.value.text
        yield from (doc.body for doc in run.heredocs)
