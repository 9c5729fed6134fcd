"""What the shell text of a RUN does."""

from dlint.faces import face

__getattr__, __dir__ = face(__name__, __file__)
