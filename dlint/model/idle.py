"""Steps that change no file in this very build: their layers are the one of nothing, which every
registry with an image of the builder's has.
"""

from __future__ import annotations

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build, Step
    from dlint.syntax import Run, Transfer

_HARMLESS = frozenset(("[", "[[", "test", "echo", "set", "true", ":"))
# What a COPY names that is to take nothing: no file is called so, and a pattern need not fit any.
_NO_FILE = regex(r"/?null[?*]")


def changes_nothing(build: Build, step: Step, run: Run) -> bool:
    """Tell whether all that a RUN does stands in branches of an `if` that this build does not
    take.
    """
    effects = build.effects(run, step.state)
    if not effects.known or step.state is not build.state(run):  # a trigger of another stage's
        return False
    done = [each.command for each in effects.items if hasattr(each, "command")]
    called = [each for each in build.script(run).commands if each.name not in _HARMLESS]
    doing = (*done, *called)
    if len(done) < len(effects.items) or any(each.certain for each in doing):
        return False
    from dlint.model.switched_off import is_skipped_here

    return all(is_skipped_here(build, run, each) for each in doing)


def takes_nothing(step: Step, transfer: Transfer) -> bool:
    """Tell whether a COPY from a stage or image names patterns alone that are there to fit no
    file.
    """
    sources = [step.state.expand(each.text) or "" for each in transfer.sources]
    return bool(sources) and all(map(_NO_FILE.fullmatch, sources))
