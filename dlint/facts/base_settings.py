"""What a base image that nothing tells of may have set for the managers that it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.uses import likely_base
from dlint.syntax import Copy, Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import CacheLeft
    from dlint.shell.managers.manager import Manager
    from dlint.syntax import Instruction

# Official images that bring Python; where another registry has one of the name, it mirrors that.
_BRINGING = frozenset(("pypy", "python"))
# What images are named after that run programs of Python: theirs is the Python that comes first,
# whatever a package manager adds.
_RUNS_PYTHON = regex(
    r"(?i)torch|tensorflow|keras|\bjax|paddle|mxnet|transformers|vllm|triton|jupyter|notebook|kaggle"
    r"|sagemaker|rapids"
)
# How Python or one of its managers gets into an image whose base knew nothing of it.
_BRINGS = regex(
    r"get-pip|ensurepip|-m[ ]+venv|virtualenv|(?i:miniconda|miniforge|mambaforge|micromamba)|pyenv"
    r"|\b(?:install|add)\b[^;&|]{0,2000}\bpy(?:thon)?[\d.]{0,5}(?![\w.])"
)
# And how pip's kin does, pip itself aside.
_BRINGS_KIN = regex(r"\binstall\b[^;&|\n]{0,200}\b(?:pdm|pipenv|pipx|uv)\b|astral\.sh/uv")
# What of another image or stage has an interpreter in it: the whole of a prefix, or a folder that
# is named like a distribution of Python. Packages alone, or a virtual environment, use the base's.
_HOLDS_PYTHON = regex(
    r"(?:/(?:usr(?:/local)?|opt)?/?|.*/\.?(?:pyenv|pypy|python[\d.]*"
    r"|(?:ana|mini|micro)?(?:conda|mamba)\d?|miniforge\d?|mambaforge)/?)\Z"
)
_LAST = regex(r"[/=]")
_HOLDS_KIN = regex(r"(?:.*/)?(?:pdm|pipenv|pipx|uv)/?\Z")


def may_be_off_in_base(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether the base image may keep a cache away, by a variable or a file of settings: it
    brings the manager, and is none of the official ones, which leave such to others.
    """
    kept = cache.managed_by.cache(cache.kind)
    stage = build.stage_of(run)
    if cache.managed_by.language != "python" or not kept.off_variables or stage is None:
        return False
    base = likely_base(build, stage)
    if base is not None and (base.is_official or base.name in _BRINGING):
        return False
    if base is not None and _RUNS_PYTHON.search(f"{base.repository}:{base.tag}"):
        return True
    above = (step.instruction for step in build.chain(stage))
    is_kin = cache.manager != "pip"
    return not any(_brings(each, is_kin=is_kin) for each in above if each.index <= run.index)


def may_be_moved_by_base(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether the base image may have set where a cache is: it brings the manager, as far as
    the steps above tell, and images that do so set one of the variables that name the place.
    """
    manager, stage = cache.managed_by, build.stage_of(run)
    if not manager.cache(cache.kind).set_by_images or len(cache.paths) == 1 or stage is None:
        return False
    base = likely_base(build, stage)
    if base is not None and base.is_official:
        return base.name == manager.name
    above = (step.instruction for step in build.chain(stage))
    return not any(_puts(build, each, manager) for each in above if each.index <= run.index)


def _puts(build: Build, instruction: Instruction, manager: Manager) -> bool:
    """Tell whether an instruction puts a manager's program into the image, as its words tell: by
    its file's name, its package's, or its project's site.
    """
    match instruction:
        case Copy(from_=str(name)) if name:
            words = [word.text for word in instruction.sources]
        case Run():
            starting = {*manager.commands, *manager.launchers}
            commands = build.script(instruction).commands
            words = [w.form for each in commands if each.name not in starting for w in each.args]
        case _:
            return False
    names = {manager.name, *manager.commands}
    return any(_LAST.split(each)[-1] in names or f"get{manager.name}." in each for each in words)


def _brings(instruction: Instruction, *, is_kin: bool) -> bool:
    match instruction:
        case Run():
            text = instruction.value.text
            return bool(_BRINGS.search(text) or (is_kin and _BRINGS_KIN.search(text)))
        case Copy(from_=str(name)) if name:
            paths = [word.text for word in instruction.sources]
            return any(
                _HOLDS_PYTHON.match(path) or (is_kin and _HOLDS_KIN.match(path)) for path in paths
            )
    return False
