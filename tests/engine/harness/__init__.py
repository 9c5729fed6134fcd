"""Real programs for the engine tests, Docker Engine, registries and buildah, and projects that they
build and push.
"""
