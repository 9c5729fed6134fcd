"""How large the documents are that go with an image's layers: its configuration, and the
attestation that BuildKit adds to it.

The forms are those of BuildKit 0.13 in Docker 26.1.5; `docs/wire.md` tells what they were held
against.
"""

from __future__ import annotations

from dlint.push.aligned import words_of
from dlint.push.wire import MAX, OFF
from dlint.syntax import Arg, From, Run, Transfer, Workdir
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.keys import Keyed, Keys

# Bytes of each document's parts beside their own words, as counted in what was pushed.
_CONFIGURATION, _DIFF_ID = 236, 74
_STEP, _EMPTY, _COMMENT = 97, 19, len(" # buildkit")
_SHELL, _SETTING = len("/bin/sh -c "), 4
_IMPORTED = 65  # the step of a base's first layer, which has no instruction
# What each further layer of a base adds: the median of 67 official images, with the steps between
# the layers.
_BASE_LAYER = 1_050
_INDEX, _MANIFEST, _ATTESTED = 856, 566, 167
_STATEMENT, _MATERIALS, _MATERIAL, _COMMIT = 857, 52, 139, 157
_FRONTEND, _DESCRIPTOR = 990, 155
_AROUND = 185  # a step's digest, its lines, and the head of its list of layers
_SOURCE, _FOLDER, _TRANSFER, _RUN, _FILE = 271, 215, 325, 330, 200  # operations


class Target(NamedTuple):
    """An image as its documents tell of it: the keys of its build, the layers of its base, and
    whether a git repository holds it.
    """

    keys: Keys
    base_layers: int
    in_git: bool = False

    @property
    def configuration(self) -> int:
        """Bytes of the configuration."""
        base = _STEP + _IMPORTED + (self.base_layers - 1) * (_BASE_LAYER - _DIFF_ID)
        total = _CONFIGURATION + steps_bytes(self.keys.image) + self.base_layers * _DIFF_ID
        return total + base * (self.base_layers > 0)

    def attestation(self, provenance: str) -> int:
        """Bytes of the index, and of the manifest, configuration and statement that it names beside
        the image; 0 without provenance.
        """
        if provenance == OFF:
            return 0
        rest = _INDEX + _MANIFEST + _ATTESTED + self._statement
        return rest + (self._definition if provenance == MAX else 0)

    @property
    def _statement(self) -> int:
        sources = {
            keyed.own
            for keyed in self.keys.all()
            if isinstance(keyed.step.instruction, From) and keyed.step.stage.is_external
        }
        materials = _MATERIALS * bool(sources) + _MATERIAL * len(sources)
        return _STATEMENT + materials + _COMMIT * self.in_git

    @property
    def _definition(self) -> int:
        """Bytes of what `max` adds: each step that was run, of the image's own those with all
        layers up to them, and the Dockerfile.
        """
        source = len(self.keys.build.dockerfile.source.text.encode("utf-8", "replace"))
        layers, listed = self.base_layers, 0
        for keyed in self.keys.image:
            layers += keyed.layer
            listed += _DESCRIPTOR * layers if _operation_bytes(keyed) else 0
        steps = sum(_operation_bytes(keyed) for keyed in self.keys.all())
        return _FRONTEND + source * 4 // 3 + steps + listed


def steps_bytes(chain: Iterable[Keyed]) -> int:
    """Return what steps add to a configuration: their history, their layers, and what they set."""
    return sum(_step_bytes(keyed, text) for keyed, text in _told(chain))


def _told(chain: Iterable[Keyed]) -> Iterator[tuple[Keyed, str]]:
    """Yield the steps of a history, each as it stands there."""
    passed: dict[str, None] = {}
    for keyed in chain:
        instruction, values = keyed.step.instruction, keyed.step.state.values
        match instruction:
            case From():
                continue
            case Arg():
                passed |= dict.fromkeys(pair.name for pair in instruction.pairs)
            case Run():
                told = [f"{name}={values[name]} " for name in passed if values.get(name)]
                text = instruction.rest.text if instruction.heredocs else words_of(keyed)[-1]
                yield keyed, "".join((f"RUN |{len(told)} " if told else "RUN ", *told, text))
                continue
        yield keyed, f"{instruction.name} {words_of(keyed)[-1]}"


def _step_bytes(keyed: Keyed, text: str) -> int:
    instruction = keyed.step.instruction
    match instruction:
        case Run():
            more = _COMMENT + _SHELL * (instruction.json is None)
        case Transfer():
            more = _COMMENT
        case Workdir():
            more = escaped(instruction.rest.text)
        case Arg():
            more = _EMPTY
        case _:  # what it sets stands in the configuration as well
            more = _EMPTY + escaped(instruction.rest.text) + _SETTING
    return _STEP + escaped(text) + more + _DIFF_ID * keyed.layer


def _operation_bytes(keyed: Keyed) -> int:
    """Return how large a step's operation is in a statement; 0 for those that only set
    something.
    """
    instruction, state = keyed.step.instruction, keyed.step.state
    match instruction:
        case From():
            own = _SOURCE if keyed.step.stage.is_external else 0
        case Workdir():
            own = _FOLDER + escaped(instruction.rest.text)
        case Transfer():
            own = _TRANSFER + escaped(instruction.rest.text)
        case Run():
            environment = sum(
                len(name) + escaped(state.values.get(name, "")) + _SETTING
                for name in state.environment
            )
            own = _RUN + escaped(" ".join(words_of(keyed))) + environment
        case _:
            own = 0
    files = sum(_FILE + escaped(each.body) for each in instruction.heredocs)
    return own + _AROUND + files if own else 0


def escaped(text: str) -> int:
    """Return the bytes of a text in JSON as Go writes it, without its quotes."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        plain = len(text) + text.count('"')
    else:
        from json import dumps

        plain = len(dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - len('""')
    return plain + len("u0026") * sum(map(text.count, "&<>"))
