"""ARG and ENV: which variables an instruction sees, and what else the ones before it set.

BuildKit's rules (dockerfile2llb/convert.go; each tried on Docker 26.1.5): an ARG before the first
FROM is seen by FROM alone until a stage declares it again; `--build-arg` beats a stage's default,
which beats the global one; ENV is expanded against what stood before its instruction; both are
inherited through `FROM stage`.
"""

from __future__ import annotations

from types import MappingProxyType

from dlint.context import moby
from dlint.syntax import Arg, Env, Instruction, Shell, User, Workdir
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlint.syntax.instructions import Pair

NOTHING: Mapping[str, bool] = MappingProxyType({})
DEFAULT_SHELL = ("/bin/sh", "-c")
_REFERENCE = regex(
    r"\$\{?(\w+)(:?[-+])?"
)  # and whether it says what holds where the variable is unset


class State(NamedTuple):
    """What stands before an instruction.

    `values` are the variables whose value is known; a name in `unset` was declared, but only a
    build argument or the base image could tell its value. `environment` has the names of those that
    a RUN gets from this file, not from its base. None in `workdir`, `user` and `shell` means that
    the base image decides, or a variable whose value is unknown. `closed` tells that no base image
    can bring variables, so that what is not declared is empty; `lacking` has the names that this
    one is known not to bring: the builder takes them for empty, whatever a RUN gets.
    """

    values: Mapping[str, str]
    environment: Mapping[str, bool] = NOTHING
    unset: Mapping[str, bool] = NOTHING
    workdir: str | None = None
    user: str | None = None
    shell: tuple[str, ...] | None = None
    closed: bool = False
    lacking: frozenset[str] = frozenset()

    @property
    def is_root(self) -> bool:
        """Whether commands run as root: as far as the file tells, and so where it does not."""
        return self.user in {None, "root", "0"}

    @property
    def known_environment(self) -> dict[str, str]:
        """The variables that a RUN gets from this file, as far as their value is known."""
        return {name: self.values[name] for name in self.environment if name in self.values}

    def resolve(self, path: str | None, unknown: str | None = None) -> str | None:
        """Return the absolute form of `path` seen from the working directory, or from `unknown`
        where only the base knows that one; None where the answer is not known.
        """
        return join(self.workdir or unknown, path)

    def expand(self, text: str, escape: str = "\\") -> str | None:
        """Expand a word as the builder does, quotes removed; None where a variable's value is not
        known.
        """
        if "$" not in text and "'" not in text and '"' not in text and escape not in text:
            return text
        try:
            expanded = moby.expand(text, self.values, escape, keep_unset=True)
            if "$" not in expanded:
                return expanded
            open_names = moby.references(text, escape) - self.values.keys()
            if self.closed:
                open_names = frozenset(filter(self.unset.__contains__, open_names))
            open_names -= self.lacking.difference(self.unset)
            without_default = {match[1] for match in _REFERENCE.finditer(expanded) if not match[2]}
            return None if open_names & without_default else moby.expand(text, self.values, escape)
        except ValueError:
            return None


def platform_values(platform: str) -> dict[str, str]:
    """Return the automatic platform arguments; the build host is taken to be of the target's
    platform.
    """
    system, _, rest = platform.partition("/")
    architecture, _, variant = rest.partition("/")
    parts = {
        "PLATFORM": platform,
        "OS": system,
        "OSVERSION": "",
        "ARCH": architecture,
        "VARIANT": variant,
    }
    return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in parts.items()}


def global_state(
    instructions: Iterable[Instruction], build_args: Mapping[str, str], platform: str
) -> State:
    """Return what a FROM sees: platform arguments and the ARGs before the first FROM."""
    automatic = platform_values(platform)
    state = State(automatic, closed=True)
    for instruction in instructions:
        if isinstance(instruction, Arg):
            state = declare(state, instruction.pairs, build_args, automatic)
    return state


def declare(
    state: State, pairs: Iterable[Pair], build_args: Mapping[str, str], inherited: Mapping[str, str]
) -> State:
    """Return `state` after an ARG: `inherited` are the values that the global scope offers."""
    for pair in pairs:
        value = build_args.get(pair.name)
        if value is None and pair.value is not None:
            value = state.expand(pair.value)
        elif value is None:
            value = inherited.get(pair.name)
        state = _set(state, {pair.name: value})
    return state


def _set(state: State, known: Mapping[str, str | None]) -> State:
    """Return `state` with other values of variables; None for one that only the build tells."""
    from dlint.model.versions import having

    told = {name: True for name, value in known.items() if value is not None}
    return state._replace(
        values=having(state.values, known),
        environment=having(state.environment, told),
        unset=having(state.unset, {name: None if name in told else True for name in known}),
    )


def after(
    state: State,
    instruction: Instruction,
    build_args: Mapping[str, str],
    inherited: Mapping[str, str],
) -> State:
    """Return the state behind `instruction`; the same object where it changes nothing."""
    if isinstance(instruction, Arg):
        return declare(state, instruction.pairs, build_args, inherited)
    if isinstance(instruction, Env):
        return _set(
            state, {pair.name: state.expand(pair.value or "") for pair in instruction.pairs}
        )
    if isinstance(instruction, Workdir) and instruction.rest.text:
        return state._replace(workdir=join(state.workdir, state.expand(instruction.rest.text)))
    if isinstance(instruction, User) and instruction.rest.text:
        return state._replace(user=state.expand(instruction.rest.text))
    if isinstance(instruction, Shell) and instruction.json:
        return state._replace(shell=instruction.json)
    return state


def join(workdir: str | None, path: str | None) -> str | None:
    """Return the absolute form of `path` seen from `workdir`, cleaned; None where that is not
    known.
    """
    if path is None or (workdir is None and not path.startswith("/")):
        return None
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{workdir}/{path}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
