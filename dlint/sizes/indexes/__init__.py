"""What package indexes tell: packages' versions, archives and bytes, where that comes from, and of
which day.
"""
