#!/usr/bin/env bash
# Whether root may do here what a lab needs: make namespaces, and lay folders of the cache upon each other.
# Exit status 77: the machine refuses that. Whatever else is in the way is a failure.
set -euo pipefail
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
refused=77
mkdir -p "$cache"
try=$(mktemp -d "$cache/try.XXXXXX")
trap 'rm -rf --one-file-system "$try"' EXIT
mkdir "$try/lower" "$try/upper" "$try/work" "$try/root"

status=0
LC_ALL=C "${namespaces[@]}" --net --uts true 2>"$try/said" || status=$?
if [ "$status" != 0 ]; then
  cat "$try/said" >&2
  grep -q 'unshare failed: Operation not permitted' "$try/said" && exit "$refused"
  exit 1
fi
# 32 is how mount says that the kernel did not take it.
"${namespaces[@]}" --net --uts sh -ec '
  ip link set lo up
  mount -t overlay overlay -o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" "$0/root"' "$try" || status=$?
[ "$status" != 32 ] || exit "$refused"
exit "$status"
