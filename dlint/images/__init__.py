"""Facts of images that stand somewhere: registries, layouts, archives, engines."""
