"""What holds for all tests."""

from hypothesis import settings

# How long an example takes tells of the machine, and of what else it does just now.
settings.register_profile("dlint", deadline=None)
settings.load_profile("dlint")
