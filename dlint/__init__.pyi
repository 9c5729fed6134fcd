# The public API: all that a rule or a plugin may import. Type checkers and `dlint.__getattr__` read
# this one list; what is public in the namespaces that it begins with is in their `__all__`.

from dlint import (
    facts as facts,
    fixes as fixes,
    images as images,
    shell as shell,
    syntax as syntax,
)
from dlint.errors import DlintError as DlintError
from dlint.facts.volatility import reruns as reruns
from dlint.findings import (
    Cost as Cost,
    Finding as Finding,
    Related as Related,
    Severity as Severity,
)
from dlint.hooks import hookimpl as hookimpl
from dlint.installs.late_installs import LateInstall as LateInstall
from dlint.installs.splitting import EarlyCopies as EarlyCopies
from dlint.lint.plugins import walk_rules as walk_rules
from dlint.lint.report import Report as Report
from dlint.rule.build import Build as Build
from dlint.rule.rule import Context as Context, Rule as Rule
from dlint.text.patterns import regex as regex
from dlint.text.units import (
    human_bytes as human_bytes,
    listed as listed,
)

__version__: str
