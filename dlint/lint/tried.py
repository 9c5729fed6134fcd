"""What is worth a line in an image that CI only tries, where it pushes others: it ends with the
job, so that bytes cost nothing but the time to write them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.findings import Finding
    from dlint.model.build import Build
    from dlint.rule.rule import Rule

_OF_BYTES = ("bloat/", "context/no-ignore")
_LEAST = 10_000_000  # bytes that take a moment to write


def is_idle(build: Build, rule: Rule, finding: Finding) -> bool:
    """Tell whether a finding is about what is sent or stored, is not known to be much, and CI only
    tries the image. Where recipes push none at all, this one may be a product.
    """
    recipes = build.recipes
    if not rule.name.startswith(_OF_BYTES) or recipes is None or not recipes.pushing:
        return False
    cost = finding.cost
    is_much = cost is not None and cost.known and cost.weight >= _LEAST
    return not (is_much or build.may_leave) and recipes.is_only_tried(build.path)
