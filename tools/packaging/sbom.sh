#!/usr/bin/env bash
# Writes the SBOM of dlint and all that it needs to run, in CycloneDX: `bash tools/packaging/sbom.sh FILE`.
# It is made from requirements/run.lock, opens no connection, and is the same for the same lock file.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p "$(dirname "$1")"
cyclonedx-py requirements requirements/run.lock --pyproject pyproject.toml --output-reproducible \
    --output-format JSON --output-file "$1"
