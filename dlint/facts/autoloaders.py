"""Where composer writes down the project's own classes beside its packages."""

from __future__ import annotations

from dlint.syntax import Run
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Install
    from dlint.syntax import Instruction

_COMPOSER = regex(r"(?:.*/)?composer(?:\.phar)?")
# They write `vendor/autoload.php` and `vendor/composer`, which may list the project's classes.
_WRITE_AUTOLOADER = regex(r"dump[a-z-]*|i|install|u|update|upgrade|r|req|require|remove")
_WITHOUT = "--no-autoloader"


def gets_autoloader_after(build: Build, install: Install, stage: Stage, code: Instruction) -> bool:
    """Tell whether the packages of an install get the autoloader that they need, or another one,
    from a RUN of `stage` that follows the project's own `code`.
    """
    if install.manager != "composer":
        return False
    if install.command.argument(_WITHOUT) is not None:
        return True
    later = (each for each in stage.instructions if each.index >= code.index)
    runs = (each for each in later if isinstance(each, Run))
    return any(_writes_autoloader(each) for run in runs for each in build.script(run).commands)


def _writes_autoloader(command: Command) -> bool:
    words = [command.word.form, *(word.form for word in command.args)]
    is_composer = any(map(_COMPOSER.fullmatch, words[:2]))
    verbs = any(map(_WRITE_AUTOLOADER.fullmatch, words[1:]))
    return is_composer and verbs and _WITHOUT not in words
