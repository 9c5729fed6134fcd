"""Manifests and lock files of package managers: what they read, what they ask for, what they lock.

`read_manifest` reads one file by its name, `follow` also those that it names, `selected` says which
packages an install takes. Nothing here knows of images, contexts or builds: a file is what a
function returns for its path.
"""

from dlint.faces import face

__getattr__, __dir__ = face(__name__, __file__)
