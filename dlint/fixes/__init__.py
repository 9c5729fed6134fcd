"""What fixes are made of: edits that move, merge, split, append and leave out."""

from dlint.faces import face

__getattr__, __dir__ = face(__name__, __file__)
