#!/usr/bin/env bash
# The one step of the workflow Review: what the pull request does to the numbers, as summary and files.
# Texts of the pull request reach the log: meanwhile the runner takes no line of it for a command.
set -uo pipefail
token=$(cat /proc/sys/kernel/random/uuid)
arguments=("$BASE..$HEAD" --out review --preview preview)
# What a commit has put there would stop each review, or be uploaded as that of one which breaks off.
rm -rf review preview
if [ -n "${PULL:-}" ]; then arguments+=(--pull "$PULL"); fi
# Where previews are published, this one is built for its own address below the site.
if [ "${PREVIEWS:-}" = pages ] && [ -n "${PULL:-}" ]; then arguments+=(--preview-url "preview/$PULL/"); fi
echo "::stop-commands::$token"
npm run --silent review -- "${arguments[@]}"
code=$?
echo "::$token::"
# A step's summary may have a megabyte, and is lost where it has more.
if [ -f review/summary.md ]; then head --bytes=900000 review/summary.md >> "${GITHUB_STEP_SUMMARY:-/dev/null}"; fi
exit "$code"
