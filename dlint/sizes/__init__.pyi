# What other packages take from sizes; type checkers and `dlint.faces` read this list.

from dlint.sizes.apt_installs import (
    base_packages as base_packages,
    is_on_official_image as is_on_official_image,
    recommended_bytes as recommended_bytes,
    takes_recommended as takes_recommended,
)
from dlint.sizes.installs import (
    cache_bytes as cache_bytes,
    carried_bytes as carried_bytes,
    development_bytes as development_bytes,
    fetched_bytes as fetched_bytes,
    installed_bytes as installed_bytes,
    run_bytes as run_bytes,
    stored_bytes as stored_bytes,
)
from dlint.sizes.layers import (
    again_bytes as again_bytes,
    layer_bytes as layer_bytes,
    layer_sizes as layer_sizes,
    layers_bytes as layers_bytes,
    pushed_again as pushed_again,
    recorded_base as recorded_base,
    recorded_bytes as recorded_bytes,
    recorded_layer as recorded_layer,
    rest_bytes as rest_bytes,
)
