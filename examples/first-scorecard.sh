#!/usr/bin/env bash
# From export files to the first scorecard, with the time of each step. In the folder of the repository:
#   examples/first-scorecard.sh FOLDER FILE…
# FOLDER must not have settings yet; settings and tables are written there. VIGIE names an installation that exists.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: $0 FOLDER FILE…" >&2; exit 2; }
folder=$1
shift

step() {
  local started=$SECONDS
  echo "== $*"
  "$@"
  echo "== took $((SECONDS - started)) s"
}

if [ -z "${VIGIE:-}" ]; then
  VIGIE=.venv/bin/vigie
  step make --no-print-directory .venv/.installed
fi
step "$VIGIE" init "$@" --to "$folder" --home "$folder/var"
step "$VIGIE" preview --settings "$folder" --home "$folder/var"
step "$VIGIE" check --settings "$folder" --home "$folder/var"
step "$VIGIE" run --settings "$folder" --home "$folder/var"
echo "All steps took $SECONDS s. Check the lines with EDIT in $folder/settings.yaml, then run again."
