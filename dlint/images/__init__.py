"""Facts of images that exist already: in a registry, a layout, an archive or a Docker engine."""

from dlint.faces import face

__getattr__, __dir__ = face(__name__, __file__)
