"""Package indexes: which packages an install brings, and how many bytes they take up in a layer."""
