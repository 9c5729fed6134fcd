"""The repository around a Dockerfile: which files are Dockerfiles, which folder is their context,
who builds them.
"""
