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
# The ledger's end leaves the house: whoever reads the job's page can keep it.
if git cat-file -e HEAD:snapshots/ledger/checkpoint 2> /dev/null; then
  {
    echo '### The ledger ends here'
    echo
    echo 'Keep this outside of the repository: `npx daybook verify --since checkpoint.txt` holds any later state against it.'
    echo
    echo '```text'
    git show HEAD:snapshots/ledger/checkpoint
    echo '```'
  } >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
echo "failed=$failed" >> "${GITHUB_OUTPUT:-/dev/null}"
