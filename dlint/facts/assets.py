"""Browsers, models and data sets that an installed tool downloads."""

from __future__ import annotations

import re

from dlint.reads.arrivals import paths_meant
from dlint.shell.managers import is_system_manager
from dlint.syntax import Run
from dlint.text.paths import within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build, Step
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command
    from dlint.syntax import Arg, Env, Instruction

_VERSION = r"(?:@[\w.^~-]{1,40})?"
# One of these stands in whatever the pattern finds, which takes a millisecond to compile.
_TOOLS = "playwright patchright puppeteer cypress camoufox nltk spacy huggingface-cli hf".split()
_DOWNLOADS = regex(
    rf"(?:^|[\s/])(?:playwright|patchright){_VERSION} install(?:-deps)?(?:\s|$)"
    rf"|(?:^|[\s/])(?:puppeteer{_VERSION} browsers|@puppeteer/browsers{_VERSION}) install\b"
    rf"|\bcypress{_VERSION} install\b|(?:^|\s)camoufox fetch\b"
    r"|(?:^|\s)nltk\.downloader\s|(?:^|\s)spacy download\s|(?:^|/)(?:huggingface-cli|hf) download\s"
)
# Modules that get a model or data by a name, and the call that does.
_LOADS = regex(
    r"\bnltk\.download\(|\b(?:SentenceTransformer|CrossEncoder|TextEmbedding|WhisperModel)\("
    r"|\.from_pretrained\(|\bsnapshot_download\(|\bhf_hub_download\(|\bget_encoding\("
    r"|\b(?:whisper|spacy\.cli|stanza|argostranslate\.package)\.(?:load_model|download)\("
    r"|\beasyocr\.Reader\("
)
_IMPORTS = regex(r"\b(?:from|import)\s+([A-Za-z_]\w*)")
_PYTHON = regex(r"(?:\S*/)?python[\d.]*")
_HARMLESS = frozenset(("echo", "export", "set", "true"))
# What stands around an install of a browser's libraries by apt.
_OF_APT = regex(r"(?:-\S+ )*(?:update|clean|autoclean)(?: -\S+)*")
_LISTS = regex(r"/var/(?:lib/apt/lists|cache/apt)(?:/.*)?")


def only_downloads_assets(build: Build, run: Run) -> bool:
    """Tell whether a RUN does nothing but to have tools download what no file of the project
    decides.
    """
    commands = [each for each in build.script(run).commands if not _is_harmless(each)]
    return bool(commands) and all(map(_downloads, commands))


def _is_harmless(command: Command) -> bool:
    """Tell whether a command does nothing that the project decides, nor anything to be told of: it
    fetches or deletes the lists of apt, for one.
    """
    if command.name in _HARMLESS:
        return True
    if command.name in {"apt", "apt-get"}:
        return _OF_APT.fullmatch(" ".join(command.forms)) is not None
    paths = [each for each in command.forms if not each.startswith("-")]
    return command.name == "rm" and all(map(_LISTS.fullmatch, paths))


def reads_setting(build: Build, instruction: Instruction, setting: Env | Arg) -> bool:
    """Tell whether an instruction reads a variable that another sets: it names it, or has a tool
    download to where the variables say by which such tools are told.
    """
    names = [pair.name for pair in setting.pairs]
    text = instruction.value.text
    if any(re.search(rf"\$\{{?{re.escape(name)}\b", text) for name in names):
        return True
    is_download = isinstance(instruction, Run) and only_downloads_assets(build, instruction)
    return is_download and any(map(_TELLS_TOOLS.search, names))


_TELLS_TOOLS = regex(
    r"BROWSER|CACHE|CAMOUFOX|CHROME|CYPRESS|DATA|HF_|HUGGINGFACE|MODEL|NLTK|PLAYWRIGHT|PUPPETEER|TORCH"
    r"|TRANSFORMERS|TMP|(?:HOME|PATH|DIR|PROXY|proxy)\Z"
)


def _downloads(command: Command) -> bool:
    text = " ".join(word.form for word in (command.word, *command.args))
    if any(tool in text for tool in _TOOLS) and _DOWNLOADS.search(text):
        return True
    return code_that_downloads(command) is not None


def code_that_downloads(command: Command) -> str | None:
    """Return the code behind `python -c` that has a module of somebody else's load a model or data
    by name; None for other commands, and where the code reads files.
    """
    match command.forms:
        case [*_, "-c", code] if _PYTHON.fullmatch(command.name) and _LOADS.search(code):
            return None if "open(" in code or "$" in code else code
    return None


def names_asset_files(command: Command, workdir: str | None, early: Arrival) -> bool:
    """Tell whether a command that downloads may read files which have arrived: a name with a slash
    is that of a model, where no such file is there, and a module may be one of the project's own.
    """
    code = code_that_downloads(command)
    if not early.known:
        return early.named_by(command, workdir)
    if code is not None:
        modules = set(_IMPORTS.findall(code))
        stems = {path.rpartition("/")[2].removesuffix(".py") for path in early.files}
        tops = {part for path in early.files for part in path.split("/")[:-1]}
        return not modules.isdisjoint(stems | tops)
    return any(
        within(place, path) for path in paths_meant(command, workdir) for place in early.files
    )


def has_tool_above(build: Build, step: Step, early: Instruction) -> bool:
    """Tell whether packages of a language are installed above `early` in the chain of a step's
    stage, and none below it: the tool is among the first then.
    """
    between = False
    found = False
    for above in build.steps_before(step.stage, step.instruction):
        between = between or above.instruction is early
        if isinstance(above.instruction, Run) and _installs(build, above, above.instruction):
            if between:
                return False
            found = True
    return found


def _installs(build: Build, step: Step, run: Run) -> bool:
    from dlint.shell.effects import Install

    installs = build.effects(run, step.state).of(Install)
    return not all(is_system_manager(each.manager) for each in installs)
