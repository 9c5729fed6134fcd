"""What installs weigh, as far as names, lists and lock files tell: guesses from packages that were
measured.
"""

from dlint.faces import face

__getattr__, __dir__ = face(__name__, __file__)
