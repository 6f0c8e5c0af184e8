#!/usr/bin/env bash
# Runs a command beside the lab that `npm run test:dogtag -- --up` keeps: enter.sh COMMAND...
# For example: test/dogtag/lab/enter.sh npx vitest run test/dogtag/short.test.ts
set -euo pipefail
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
for scratch in "$cache"/run.*; do
  if [ ! -e "$scratch/kept" ] || flock --nonblock "$scratch/lock" true; then continue; fi
  parent=$(<"$scratch/namespaces")
  first=$(<"/proc/$parent/task/$parent/children")
  export ESC_DOGTAG_ROOT=$scratch/root ESC_DOGTAG_MACHINE_HOSTS=$scratch/machine-hosts
  export TMPDIR=$scratch/tmp
  # shellcheck disable=SC2093
  exec nsenter --target "${first% }" --mount --net --uts --ipc --pid --wdns="$PWD" "$@"
done
say 'no lab is kept: npm run test:dogtag -- --up'
exit 1
