#!/usr/bin/env bash
# The tests, as CI runs them. A pull request of reports and queries alone leaves all that they look at as it is, so it is
# validated in a minute: what it does to the numbers is told by the workflow Review.
set -euo pipefail
# A file that is moved is one that is gone, too.
changed() { git diff --no-renames --name-only -z HEAD^1 HEAD; }
if [ "${GITHUB_EVENT_NAME:-}" = pull_request ] && git rev-parse --quiet --verify 'HEAD^2' > /dev/null && ! changed | grep --quiet --null-data --invert-match --extended-regexp '^(reports|queries)/'; then
  echo 'Only reports and queries differ: they are validated.'
  npm ci
  npm run --silent validate
else
  bash .ci/run
fi
