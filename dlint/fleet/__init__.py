"""Many repositories at once: run on an engine that exists, kept as Parquet, asked by SQL."""
