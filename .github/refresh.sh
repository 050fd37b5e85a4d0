#!/usr/bin/env bash
# The scheduled job's one step: refresh with push. Exit 1 of Daybook means that a report failed while
# the others landed: the site is still deployed, and the workflow turns red afterwards.
set -uo pipefail
arguments=(--push)
if [ -n "${REPORT:-}" ]; then arguments+=("$REPORT"); fi
if [ -n "${AS_OF:-}" ]; then arguments+=(--as-of "$AS_OF"); fi
npm run refresh -- "${arguments[@]}"
code=$?
if [ "$code" -gt 1 ]; then exit "$code"; fi
if [ "$code" -eq 1 ]; then failed=true; else failed=false; fi
echo "failed=$failed" >> "${GITHUB_OUTPUT:-/dev/null}"
