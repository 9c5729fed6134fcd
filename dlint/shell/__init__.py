"""What the shell text of a RUN does."""
