"""YAML of others, read safely and fast."""

from __future__ import annotations

from typing import Any

DEEPEST = 64  # levels; lock files have less than ten


def read_yaml(text: str) -> Any:  # noqa: ANN401  what YAML may hold
    """Return what YAML holds; raises ValueError.

    PyYAML's fast loader recurses in C for each level, and ends the process where there are too
    many: they are counted first.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        for event in yaml.parse(text, loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                event, yaml.CollectionEndEvent
            )
            if depth > DEEPEST:
                raise ValueError(f"it nests deeper than {DEEPEST} levels")
        return yaml.load(text, loader)  # noqa: S506  both loaders are safe
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
