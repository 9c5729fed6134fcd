"""Running rules: the engine, plugins, suppressions, baselines, and the report."""
