"""What a build installs: of a language's packages and of the distribution's, and above what."""
