"""The bytes of a layer: what COPY selects, the tar it becomes, and how large that is compressed."""
