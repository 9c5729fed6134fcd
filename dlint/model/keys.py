"""Cache keys: whether a step runs again, and whether what it makes is new.

Two questions, not one. A step whose key stood before is a hit, and its layer the same blob. A step
that runs again makes a new blob, unless nothing but the context decides its bytes
(`Keyed.identity`). Whether a step runs again is sure where its key differs in what is known of it;
where all that differs is what programs of another stage may have written, they may have written
the same (`Keyed.sure`). Semantics: BuildKit's solver/llbsolver/ops and
frontend/dockerfile/dockerfile2llb, each row tried on Docker 26.1.5.
"""

from __future__ import annotations

from itertools import chain, islice
from operator import attrgetter

from dlint.images.reference import context_name
from dlint.model.bases import has_folder
from dlint.model.build import UNKNOWN_WORKDIR, is_remote
from dlint.model.merged import Merged, Table
from dlint.model.profiles import PROFILES, Profile
from dlint.model.run_writes import run_writes
from dlint.model.scope import join
from dlint.model.stages import SCRATCH, find_stage
from dlint.model.standing import standing
from dlint.model.tree import OF_PACKAGES, Told, Tree, Write, both, token
from dlint.syntax import From, Run, Transfer, Workdir
from dlint.text.digests import blake2b
from dlint.text.lazy import lazy
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.bytes.landed import Landed, Landing
    from dlint.bytes.selection import Selection
    from dlint.context import BuildContext, Entry
    from dlint.model.build import Build, Step
    from dlint.model.scope import State
    from dlint.model.stages import Stage
    from dlint.syntax import Mount

EMPTY = "empty"  # the layer of a step that changed nothing: every builder's is the same blob
PROXY_ARGUMENTS = frozenset(
    name
    for base in ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
    for name in (base, base.upper())
)
_PLAIN = regex(r"[^$*?\[\\]*+")  # the part of a path before a variable or a wildcard
PART = 1024  # paths of a COPY that are put into one text
AT_ONCE = 16  # texts that are hashed at once: a megabyte or so
UNKEYED_ARGUMENTS = PROXY_ARGUMENTS | {"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"}


ACCOUNTS = ("/etc/passwd", "/etc/group")  # what tells the numbers of an owner's name


def names_account(owner: str | None) -> bool:
    """Tell whether an owner as of `--chown` has a name in it, whose number the image tells."""
    return any(part and not part.isdecimal() for part in (owner or "").split(":"))


def _place(state: State, path: str) -> str:
    """Return the absolute form of a path; of one that is not known a name that no file has."""
    return state.resolve(state.expand(path)) or f"{UNKNOWN_WORKDIR}{state.workdir} {path}"


def shallow(entry: Entry) -> str:
    """Name a file's content without reading it, for builds that are held against no other
    context.
    """
    return str(entry.size)


class Changed:
    """Names a file's content as `before` does, but for those of `paths`, and what is in folders of
    these, which are others.
    """

    def __init__(self, before: Callable[[Entry], str], paths: Iterable[str]) -> None:
        self.before = before
        self._paths = frozenset(paths)
        self._inside = tuple(f"{path}/" for path in self._paths)

    def __call__(self, entry: Entry) -> str:
        """Return the name."""
        name = self.before(entry)
        return token(name, "changed") if self.holds(entry.path) else name

    def holds(self, path: str) -> bool:
        """Tell whether a file is one of those that are others."""
        return path in self._paths or path.startswith(self._inside)

    def changes(self, entry: Entry) -> bool:
        """Tell whether what stands at a path is another: of folders and links all is known."""
        return (entry.kind == "file" or entry.opaque) and self.holds(entry.path)


def content_keys(
    build: Build,
    moved: Mapping[str, str] | None = None,
    interrupt: Callable[[], None] | None = None,
) -> Keys:
    """Return the keys of a build by the content of the files that it reads: the same in a working
    tree and in a revision. A fact, unless bases have `moved`. Raises DlintError where a file cannot
    be read, and what `interrupt` raises, which is called before each file.
    """

    def content(entry: Entry) -> str:
        # what lies in .git differs from commit to commit whatever it holds, and may be gigabytes to
        # read
        if entry.path.startswith(".git/"):
            return f"{entry.size} {entry.mtime}"
        if interrupt is not None:
            interrupt()
        return build.context.id_of(entry)

    return Keys(build, content, moved, by_content=True)


class Keyed(NamedTuple):
    """A step with its cache key.

    `own` is what the step itself brings to the key, `key` that with all below it. `sure` is a key
    without what only programs of other stages decide: a step whose `key` is new runs again for sure
    where its `sure` is new as well. `layer` tells whether it commits a layer. `identity` names the
    layer's bytes where the step alone decides them ("" elsewhere): two steps with the same identity
    make the same blob even when run again. Where it has a `sure_identity`, only two of another one
    surely make another blob. `inputs` are the context paths it reads, each with a
    token; `takes` the stages it copies from or mounts.
    """

    step: Step
    own: str
    key: str
    sure: str = ""
    layer: bool = False
    identity: str = ""
    sure_identity: str = ""
    inputs: Mapping[str, str] = {}
    takes: tuple[int, ...] = ()


class _Read:
    """What a COPY reads and writes, or a part of it: the token of each file's content, and a text
    of what is written, which says the same in whatever parts it is read.
    """

    def __init__(self, landing: Sequence[Landed], contents: Sequence[str]) -> None:
        self._landing = landing
        self.contents = contents

    @lazy
    def texts(self) -> Iterable[bytes]:
        """Return the text in parts; of what many revisions share, it is kept."""
        return (_joined(self._written()),) if len(self._landing) <= PART else self

    def __iter__(self) -> Iterator[bytes]:
        """Yield the text in parts."""
        written = self._written()
        while part := list(islice(written, PART)):
            yield _joined(part)

    def _written(self) -> Iterator[tuple[str, str]]:
        for landed, content in zip(self._landing, self.contents, strict=True):
            yield f"/{landed.path}", f"{content} {landed.uid} {landed.gid} {landed.mode}"

    @lazy
    def files(self) -> Table:
        """Return what is written, by absolute path."""
        return Table(self._written())

    @lazy
    def inputs(self) -> Table:
        """Return what is read, by the context's path; the context itself, as a folder, is none that
        changes.
        """
        both = zip(self._landing, self.contents, strict=True)
        pairs = ((landed.entry.path, content) for landed, content in both)
        return Table(pair for pair in pairs if pair[0])


def _unpacked(selection: Selection | None) -> tuple[str, ...]:
    """Return the places that archives are unpacked to."""
    return tuple(f"/{each}" for each in selection.archives.values()) if selection else ()


def _joined(written: Iterable[tuple[str, str]]) -> bytes:
    text = "".join([f"{path} {content}\0" for path, content in written])
    return text.encode("utf-8", "surrogateescape")


class _Unpacked:
    """What ADD reads and writes of archives, as a part of its own: `contents` are the tokens of
    these by their paths.
    """

    def __init__(self, selection: Selection, contents: Mapping[str, str]) -> None:
        self.inputs = Table(contents)
        self.files = Table()
        self.texts: list[bytes] = []
        for source, content in contents.items():
            place = selection.archives[source]
            self.files[f"/{place}"] = token("unpacked", content)
            text = f"unpacked {place} {content}\0"
            self.texts.append(text.encode("utf-8", "surrogateescape"))


class _Taken(NamedTuple):
    """What a COPY takes of the context, as a `digest` that names it all, and in parts."""

    digest: str
    parts: Sequence[_Read | _Unpacked]

    @property
    def inputs(self) -> Mapping[str, str]:
        """The context's paths that it reads, each with its token."""
        return Merged(self.parts, attrgetter("inputs"))

    @property
    def files(self) -> Mapping[str, str] | None:
        """The image's paths that it writes, each with its token; None where it writes nothing."""
        return Merged(self.parts, attrgetter("files")) if self.parts else None


def _digest(texts: Iterable[bytes]) -> str:
    digest = blake2b(digest_size=16)
    texts = iter(texts)
    while text := b"".join(islice(texts, AT_ONCE)):
        digest.update(text)
    return digest.hexdigest()


def _token_by(teller: Callable[[Entry], str], entry: Entry) -> str:
    """Return the token of what stands at a path, whose content `teller` names."""
    content = teller(entry) if entry.kind == "file" or entry.opaque else entry.target
    return f"{entry.kind} {entry.mode:o} {content}"


def _tokens_by(teller: Callable[[Entry], str], landing: Iterable[Landed]) -> list[str]:
    """Return the token of each file; equal ones are one object, of which a large context has many
    where its files are named by their sizes.
    """
    same: dict[str, str] = {}
    tokens = (_token_by(teller, landed.entry) for landed in landing)
    return [same.setdefault(each, each) for each in tokens]


def _with_changes(before: _Taken, selection: Selection, teller: Changed) -> _Taken:
    """Return what a COPY takes once some files have changed: what it took `before`, and those over
    it.
    """
    changed = [landed for landed in selection.entries if teller.changes(landed.entry)]
    entries = selection.context.entries
    archives = [path for path in selection.archives if teller.changes(entries[path])]
    if not changed and not archives:
        return before
    read = _Read(changed, _tokens_by(teller, changed))
    unpacked = _Unpacked(selection, {path: _token_by(teller, entries[path]) for path in archives})
    digest = _digest((before.digest.encode(), *read, *unpacked.texts))
    return _Taken(digest, (*before.parts, read, unpacked))


class Keys:
    """The keys of all live stages of a build."""

    def __init__(
        self,
        build: Build,
        entry_token: Callable[[Entry], str],
        moved: Mapping[str, str] | None = None,
        *,
        by_content: bool = False,
    ) -> None:
        """Key `build`; `entry_token` names a context file's content (two equal tokens: equal
        content), `by_content` tells that it does so by nothing else.

        What it takes of images that other builds of the repository make is in `given`, by names,
        each with the first step that does.
        `moved` gives another token to those bases whose name stands for other layers than before.
        """
        self.build = build
        self._moved = moved or {}
        self.profile: Profile = PROFILES[build.options.builder]
        self._entry_token = entry_token
        self._by_content = by_content
        self._trees: dict[int, Tree] = {}
        self.given: dict[str, tuple[Step, Keys]] = {}
        self.stages: dict[int, tuple[Keyed, ...]] = {}
        for stage in build.stages:
            if build.live(stage):
                self.stages[stage.index] = tuple(self._stage(stage))

    def chain(self, stage: Stage) -> tuple[Keyed, ...]:
        """Return the keyed steps whose layers the stage holds, outermost base first."""
        return tuple(
            keyed for each in reversed(list(stage.ancestors())) for keyed in self.stages[each.index]
        )

    @property
    def image(self) -> tuple[Keyed, ...]:
        """The keyed steps whose layers the image holds, the base's first; none without a target."""
        target = self.build.target
        return self.chain(target) if target else ()

    def all(self) -> Iterator[Keyed]:
        """Yield every keyed step of every live stage."""
        for steps in self.stages.values():
            yield from steps

    def _stage(self, stage: Stage) -> Iterator[Keyed]:
        given = None if stage.base else self._given(stage.image or "", self.build.steps(stage)[0])
        key = Told("", "")
        if stage.base:
            tree = Tree(self._trees.get(stage.base.index), "")
            last = self.stages[stage.base.index][-1]
            key = Told(last.key, last.sure)
        elif given is not None:
            tree, last = Tree(given.tree, ""), given.image[-1]
            key = Told(last.key, last.sure)
        else:
            tree = Tree(None, self._base_name(stage))
            if self._is_given(stage.image or ""):
                key = self._may_take("")
        self._trees[stage.index] = tree
        for step in self.build.steps(stage):
            keyed = self._key(step, key, tree)
            own = Told(keyed.key, keyed.sure)
            # a linked layer's own key stands apart, but what comes after it stands on both
            key = both(key, own) if own.key != key.key and self.is_linked(step) else own
            yield keyed

    @property
    def tree(self) -> Tree | None:
        """What stands in the image."""
        return self._trees[self.build.target.index] if self.build.target else None

    def _is_given(self, name: str) -> bool:
        """Tell whether files or another image of the repository stand for an image."""
        return bool(self.build.options.given) and context_name(name) in self.build.options.given

    def _given(self, name: str, step: Step) -> Keys | None:
        """Return the keys of the build whose image stands for another that a step takes; None where
        none does that is known.
        """
        if not self._is_given(name):
            return None
        from dlint.model.given import given_builds

        name = context_name(name)
        other = self.build.fact(given_builds).get(name)
        if other is not None and name not in self.given:
            tokens, moved = self._entry_token, self._moved
            keys = Keys(other, tokens, moved, by_content=self._by_content)
            self.given[name] = (step, keys)
        return self.given[name][1] if name in self.given else None

    def _base_name(self, stage: Stage) -> str:
        if stage.image == SCRATCH:
            return ""
        name = stage.image if stage.image is not None else stage.from_.rest.text
        return token("image", name, self._moved.get(name, ""))

    def _key(self, step: Step, parent: Told, tree: Tree) -> Keyed:
        instruction = step.instruction
        if isinstance(instruction, From):
            return self._from(step, parent, instruction)
        if isinstance(instruction, Run):
            return self._run(step, parent, tree, instruction)
        if isinstance(instruction, Transfer):
            return self._transfer(step, parent, tree, instruction)
        if isinstance(instruction, Workdir):
            return self._workdir(step, parent, tree, instruction)
        return self._metadata(step, parent)

    def _metadata(self, step: Step, parent: Told) -> Keyed:
        """LABEL, CMD, ENV and the like change the image's configuration alone, save where all is
        one chain.
        """
        if not self.profile.chains_metadata:
            return Keyed(step, "", *parent)
        value = step.instruction.value.text
        own = token(step.instruction.name, step.state.expand(value) or value)
        return Keyed(step, own, *both(parent, own))

    def _from(self, step: Step, parent: Told, instruction: From) -> Keyed:
        stage = step.stage
        if stage.base:
            return Keyed(step, "", *parent, takes=(stage.base.index,))
        given = (parent,) if parent.key else ()  # an image that another build makes
        platform = instruction.platform or self.build.options.platform
        own = both("FROM", self._base_name(stage), platform, *given)
        return Keyed(step, own.key, *own)

    def _run(self, step: Step, parent: Told, tree: Tree, run: Run) -> Keyed:
        state = step.state
        takes: list[int] = []
        inputs: dict[str, str] = {}
        environment = [
            f"{name}={value}"
            for name, value in sorted(state.known_environment.items())
            if name not in UNKEYED_ARGUMENTS
        ]
        mounts = [self._mount(step, mount, inputs, takes) for mount in run.mounts]
        where = (state.workdir, state.user, state.shell if run.json is None else None)
        text = run.script.text if run.json is None else token(*run.json)
        own = both("RUN", text, where, *environment, *mounts, run.network, run.security)
        key = both(parent, own)
        for write in run_writes(self.build, step, run):
            if isinstance(write, Write):
                tree.write(write._replace(name=key.key, run=key.sure))
            else:
                tree.write(write)
        keyed = Keyed(step, own.key, *key, layer=True, inputs=inputs, takes=tuple(takes))
        if self._is_left_out(step, run):
            has_layer = self.profile.idle_run != "nothing"
            return keyed._replace(identity=EMPTY, sure_identity=EMPTY, layer=has_layer)
        effects = self.build.effects(run, state)
        may_do_nothing = effects.known and not effects.items
        return keyed._replace(sure_identity=EMPTY) if may_do_nothing else keyed

    def _is_left_out(self, step: Step, instruction: Run | Transfer) -> bool:
        """Tell whether a step surely changes no file, so that its layer is that of nothing, if it
        has one.
        """
        match instruction:
            case Run() if "if" in instruction.value.text and self.profile.idle_run != "etc":
                from dlint.model.idle import changes_nothing

                return changes_nothing(self.build, step, instruction)
            case Transfer(from_=str()):
                from dlint.model.idle import takes_nothing

                return takes_nothing(step, instruction)
        return False

    def _mount(
        self, step: Step, mount: Mount, inputs: dict[str, str], takes: list[int]
    ) -> str | Told:
        """Return what a mount brings to the key: content for bind mounts, nothing of what a cache
        or secret holds.
        """
        head = (mount.type, mount.target, mount.readonly, mount.required)
        if mount.type == "cache":
            return token(*head, mount.id not in {None, mount.target})
        if mount.type != "bind":
            return token(*head, mount.id)
        source = mount.source or ""
        if mount.from_:
            return both(*head, self._foreign(step, mount.from_, [source], takes))
        expanded = step.state.expand(source)
        if expanded is None:
            return both(*head, source, self._may_take(source))
        selected = self._below(expanded)
        inputs.update(selected)
        return token(*head, *(f"{path} {content}" for path, content in selected.items()))

    def _may_take(self, source: str) -> Told:
        """Return what the files tell that a source in the context may be, of which a variable hides
        a part: those of the folder that it names before that, or all.
        """
        plain = _PLAIN.match(source.lstrip("\"'"))
        folder = plain[0].rpartition("/")[0] if plain else ""
        return Told(token(*(f"{path} {told}" for path, told in self._below(folder).items())), "")

    def _below(self, source: str) -> dict[str, str]:
        """Return the context's paths at and below `source`, each with its token."""
        wanted, context = (join("/", source) or "/").strip("/"), self.build.context
        own = filter(None, [context.entries.get(wanted)])
        return {entry.path: self._token(entry) for entry in chain(own, context.below(wanted))}

    def _token(self, entry: Entry) -> str:
        return _token_by(self._entry_token, entry)

    def _foreign(self, step: Step, name: str, sources: list[str], takes: list[int]) -> Told:
        """Return what is told of `sources` in another stage or image; one that a variable hides may
        be anything there.
        """
        stage = find_stage(self.build.stages, name, step.stage.index)
        paths = [join("/", step.state.expand(text)) for text in sources]
        given = self._given(name, step) if stage is None else None
        tree = given.tree if given else None
        if stage is not None and stage.index in self._trees:
            takes.append(stage.index)
            tree = self._trees[stage.index]
        if tree is None:
            known = [path or text for path, text in zip(paths, sources, strict=True)]
            told = Told(token("image", name.lower(), *known), token("image"))
            return both(told, self._may_take("")) if self._is_given(name) else told
        return both(*(tree.taken(path) if path else Told(tree.told("/").key, "") for path in paths))

    def _transfer(self, step: Step, parent: Told, tree: Tree, transfer: Transfer) -> Keyed:
        state = step.state
        destination = transfer.destination.text if transfer.destination else ""
        place = _place(state, destination)
        takes: list[int] = []
        inputs: Mapping[str, str] = {}
        files: Mapping[str, str] | None = None
        selection = None if transfer.from_ else self.build.taken(transfer)
        if selection is not None:
            taken = self._taken(selection, self._entry_token)
            inputs, files = taken.inputs, taken.files
            sources: Sequence[str | Told] = [taken.digest]
        else:
            sources = self._without_context(step, transfer, takes)
        parts = (*(heredoc.body for heredoc in transfer.heredocs), *sources)
        content = both(place, destination.endswith("/"), transfer.chown, transfer.chmod, *parts)
        own = both(transfer.name, content, transfer.parents, *transfer.excludes)
        below = tree.paths(ACCOUNTS) if names_account(transfer.chown) else ""
        key = both("link", own, below) if self.is_linked(step) else both(parent, own, below)
        if self._is_left_out(step, transfer):
            nothing = Keyed(step, own.key, *key, layer=True, takes=tuple(takes))
            return nothing._replace(identity=EMPTY, sure_identity=EMPTY)
        over = self._over(step, transfer, place, tree)
        if over is not None:
            identity = both("copy", content, over)
        elif selection is None and self._may_be_alone(place):
            told = both("copy", content)
            identity = told if self._is_alone(step, transfer, place, tree) else Told("", told.sure)
        else:
            identity = Told(self._identity(step, transfer, content.key), "")
        name = token("copied", own.key)
        if place.startswith(UNKNOWN_WORKDIR):
            tree.write(Write(name, {place: content}, None, (*OF_PACKAGES, *ACCOUNTS)))
        elif files is None:
            tree.write(Write(name, {place: content}, (place,)))
        else:
            tree.write(Write(name, files, _unpacked(selection)))
        keyed = Keyed(step, own.key, *key, layer=True, inputs=inputs, takes=tuple(takes))
        return keyed._replace(identity=identity.key, sure_identity=identity.sure)

    def _without_context(
        self, step: Step, transfer: Transfer, takes: list[int]
    ) -> list[str | Told]:
        """Return what tells the content of a COPY's sources that no context file is: of a stage or
        image what stands at the paths there, and their last names.
        """
        written = [word.text for word in transfer.sources]
        texts = [step.state.expand(text) for text in written]
        pairs = list(zip(texts, written, strict=True))
        if not transfer.from_:
            hidden = (text for told, text in pairs if told is None and not is_remote(text))
            return [*(told or text for told, text in pairs), *map(self._may_take, hidden)]
        names = [(join("/", told) or text).rpartition("/")[2] for told, text in pairs]
        return [self._foreign(step, transfer.from_, written, takes), *names]

    def _taken(self, selection: Selection, teller: Callable[[Entry], str]) -> _Taken:
        """Return what a COPY takes, as `teller` names it: worked out once for all keys."""
        if isinstance(teller, Changed):
            return _with_changes(self._taken(selection, teller.before), selection, teller)
        named: object = content_keys if self._by_content else teller
        found: _Taken | None = selection.known.get(named)
        if found is None:
            found = selection.known[named] = self._take(selection, teller, named)
        return found

    def _take(self, selection: Selection, teller: Callable[[Entry], str], named: object) -> _Taken:
        context = selection.context
        parts: list[_Read | _Unpacked] = [
            landing.known.get(named) or self._read_of(landing, context, teller)
            for landing in selection.landings
            if landing
        ]
        if selection.archives:
            entries = context.entries
            contents = {path: _token_by(teller, entries[path]) for path in selection.archives}
            parts.append(_Unpacked(selection, contents))
        return _Taken(_digest(chain.from_iterable([part.texts for part in parts])), parts)

    def _read_of(
        self, landing: Landing, context: BuildContext, teller: Callable[[Entry], str]
    ) -> _Read:
        """Return what a part of a COPY reads and writes, found again where other keys read it."""
        # What git has named has one token in all builds: another revision has the same landing for
        # what did not change. Any other content has one in all builds in its context.
        named: object = teller
        if self._by_content:
            named = content_keys if landing.is_named else context
        known: _Read | None = landing.known.get(named)
        if known is None:
            known = landing.known[named] = _Read(landing, _tokens_by(teller, landing))
        return known

    def is_linked(self, step: Step) -> bool:
        """Tell whether a step's layer stands apart from those below it."""
        return isinstance(step.instruction, Transfer) and self.profile.linked(step.instruction)

    def _identity(self, step: Step, transfer: Transfer, content: str) -> str:
        """Name the blob that a COPY from the context makes, where it makes the same one each
        time.
        """
        if not self.build.shipped(step.stage):
            return ""  # no registry holds it
        stored = self.build.fact(standing).stored(step.stage, transfer)
        if stored is None or not self._is_stable(stored):
            return ""
        if stored is self.build.selection(transfer):
            return token("copy", content)
        if not any(stored.landings) and not stored.archives:
            return EMPTY
        return token("copy", content, *sorted(stored.left_out))

    def _is_stable(self, stored: Selection) -> bool:
        return stored.stable and (
            self.profile.folders_keep_time
            or not any(landed.entry.kind == "dir" for landed in stored.entries)
        )

    @staticmethod
    def _may_be_alone(place: str) -> bool:
        """Tell whether a layer copied from elsewhere to `place` may hold no header with the time of
        the build.

        So it is where the destination stands directly below `/`: any other parent folder is written
        into the tar. What is copied keeps its times.
        """
        return "?" not in place and place.count("/") == 1 and place != "/"

    def _is_alone(self, step: Step, transfer: Transfer, place: str, tree: Tree) -> bool:
        """Tell whether it surely holds none: a folder takes the place of the destination, and a
        file where no folder stands or is made for it.
        """
        if tree.has(place):
            return False
        if self._copies_folders(step, transfer):
            return True
        text = transfer.destination.text if transfer.destination else "/"
        into = text.endswith("/") or len(transfer.sources) > 1
        return not into and not tree.may_have(place)

    def _copies_folders(self, step: Step, transfer: Transfer) -> bool:
        """Tell whether all that a COPY takes from a stage are folders for sure."""
        if not transfer.from_:
            return False
        stage = find_stage(self.build.stages, transfer.from_, step.stage.index)
        if stage is None or stage.index not in self._trees:
            return False
        paths = [join("/", step.state.expand(word.text)) for word in transfer.sources]
        return all(path is not None and self._trees[stage.index].has(path) for path in paths)

    def _over(self, step: Step, transfer: Transfer, place: str, tree: Tree) -> Told | None:
        """Name all that decides a layer besides what is copied, where folders of a stage are put
        over one that stands.

        Such a folder takes the time of the one that is copied, and those above it keep theirs. None
        where more than that may be in the layer.
        """
        if not self.profile.folders_keep_time or not self._copies_folders(step, transfer):
            return None
        if place == "/" or "?" in place or not tree.has(place):
            return None
        return tree.told(f"/{place.split('/')[1]}")

    def _workdir(self, step: Step, parent: Told, tree: Tree, workdir: Workdir) -> Keyed:
        place = _place(step.state, workdir.rest.text)
        own = token("WORKDIR", place, step.state.user)
        exists = tree.has(place) or has_folder(step.stage.outermost.image, place)
        may_stand = tree.may_have(place)
        tree.write(Write(own, {place: own}))
        layer = self.profile.workdir_layer and place != "/"
        if not layer and not self.profile.chains_metadata:
            return Keyed(step, "", *parent)
        identity = Told(EMPTY, EMPTY) if exists else Told("", EMPTY if may_stand else "")
        return Keyed(step, own, *both(parent, own), layer, *identity)
