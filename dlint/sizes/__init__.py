"""What installs weigh, as far as names, lists and lock files tell: guesses from packages that were
measured.
"""

from dlint.sizes.apt_installs import (
    base_packages,
    is_on_official_image,
    recommended_bytes,
    takes_recommended,
)
from dlint.sizes.installs import (
    cache_bytes,
    carried_bytes,
    development_bytes,
    fetched_bytes,
    installed_bytes,
    run_bytes,
    stored_bytes,
)
from dlint.sizes.layers import (
    again_bytes,
    layer_bytes,
    layer_sizes,
    layers_bytes,
    recorded_base,
    recorded_bytes,
    recorded_layer,
    rest_bytes,
)

__all__ = [
    "again_bytes",
    "base_packages",
    "cache_bytes",
    "carried_bytes",
    "development_bytes",
    "fetched_bytes",
    "installed_bytes",
    "is_on_official_image",
    "layer_bytes",
    "layer_sizes",
    "layers_bytes",
    "recommended_bytes",
    "recorded_base",
    "recorded_bytes",
    "recorded_layer",
    "rest_bytes",
    "run_bytes",
    "stored_bytes",
    "takes_recommended",
]
