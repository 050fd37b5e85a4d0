#!/usr/bin/env bash
# Publishes the preview that Review has built, and says where its review is. Nothing is said where there was nothing to publish.
set -euo pipefail
review=$(npm run --silent publish-preview -- --from "$RUNNER_TEMP/preview" --review "$RUNNER_TEMP/review" --head "$HEAD")
echo "review=$review" >> "${GITHUB_OUTPUT:-/dev/null}"
