"""Settings: the configuration file, its keys, and what the command line says."""
