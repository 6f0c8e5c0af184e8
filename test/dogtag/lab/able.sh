#!/usr/bin/env bash
# Whether root may do here what a lab needs: make namespaces, and lay folders of the cache upon each other.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
mkdir -p "$cache"
try=$(mktemp -d "$cache/try.XXXXXX")
trap 'rm -rf --one-file-system "$try"' EXIT
mkdir "$try/lower" "$try/upper" "$try/work" "$try/root"
"${namespaces[@]}" --net --uts sh -ec '
  ip link set lo up
  mount -t overlay overlay -o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" "$0/root"' "$try"
