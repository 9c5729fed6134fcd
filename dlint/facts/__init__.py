"""What rules ask of a build: facts that are worked out once, by need, from the model.

A rule has them from its `Build`, by name; the names below are of what those answers are made of,
and judge names of managers and tags.
"""

from dlint.faces import face

__getattr__, __dir__ = face(__name__, __file__)
