#!/usr/bin/env bash
# After a landing and each night: judges the whole repository, against the checkpoint of the last visit
# and the public key that the repository's settings hold (variable DAYBOOK_KEY). The first visit knows neither.
set -uo pipefail
kept=.daybook/checkpoint.txt
arguments=()
if [ -f "$kept" ]; then arguments+=(--since "$kept"); fi
if [ -n "${KEY:-}" ]; then arguments+=(--key "$KEY"); fi
if [ "${#arguments[@]}" -eq 0 ]; then arguments+=(--unanchored); fi
# Of the night: what entries say of changed rows, and a sample of results made again.
if [ "${DEEP:-}" = true ]; then arguments+=(--replay --rebuild); fi
npm run --silent verify -- "${arguments[@]}" | tee verify.txt
code=${PIPESTATUS[0]}
{ echo '```text'; cat verify.txt; echo '```'; } >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
rm -f verify.txt
if [ "$code" -eq 0 ]; then
  mkdir -p .daybook
  git show HEAD:snapshots/ledger/checkpoint > "$kept" 2> /dev/null || rm -f "$kept"
fi
exit "$code"
