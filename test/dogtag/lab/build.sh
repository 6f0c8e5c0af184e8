#!/usr/bin/env bash
# Builds what is missing of the lab; prints nothing on standard output. Needs root.
# Exit status 69: the mirror that apt uses here has no Debian 11 any more. Whatever else is missing is a failure.
set -euo pipefail
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
for name in debian packages pki; do
  # shellcheck source=/dev/null
  . "$here/layers/$name.sh"
done
log=$cache/build.log

# One layer, in namespaces: build.sh --layer NAME FOLDER BELOW...
if [ "${1-}" = --layer ]; then
  name=$2 new=$3
  shift 3
  root=$new/upper
  if [ $# -gt 0 ]; then
    root=$new/root
    assemble "$root" "$new/upper" "$new/work" "$@"
  fi
  "build_$name" "$root"
  exit
fi

# Ends where the mirror has nothing to build from, or does not say.
ask_mirror() {
  local at release answer no_mirror=69
  at=$(mirror) || { say 'apt does not name a mirror: apt-get update, then once more'; exit 1; }
  release=${at%/}/dists/bullseye/Release
  answer=$(wget --spider --server-response --tries=2 --timeout=30 "$release" 2>&1) && return
  if grep -qE '^ *HTTP/[0-9.]+ 4(04|10)\b' <<<"$answer"; then
    say "the mirror has no Debian 11 any more: there is no $release"
    exit "$no_mirror"
  fi
  tail -n 5 <<<"$answer" >&2
  say "the mirror does not say whether it has Debian 11: $release"
  exit 1
}

# lay LAYER NAME [NAMESPACE]: unless it is there
below=()
lay() {
  local layer=$1 name=$2 new=$cache/new.$2 status=0 begin=$SECONDS
  shift 2
  if [ ! -e "$cache/$layer" ]; then
    [ "$name" = pki ] || ask_mirror
    say "builds $name, see $log"
    rm -rf --one-file-system "$new"
    mkdir -p "$new/root" "$new/upper" "$new/work"
    "${namespaces[@]}" "$@" "$here/build.sh" --layer "$name" "$new" "${below[@]}" >>"$log" 2>&1 || status=$?
    if [ "$status" != 0 ]; then
      tail -n 20 "$log" >&2
      say "could not build $name: $log tells why, and its last lines are above"
      exit 1
    fi
    mv "$new/upper" "$cache/$layer"
    rm -rf --one-file-system "$new"
    say "built $name in $((SECONDS - begin)) s"
  fi
  below+=("$layer")
}

mkdir -p "$cache"
exec 9>"$cache/building"
flock --nonblock 9 || { say 'waits for another build'; flock 9; }
[ -e "$cache/$pki" ] || : >"$log"
lay "$debian" debian
lay "$packages" packages
lay "$pki" pki --net --uts

# What other versions of these scripts have built goes, unless somebody uses it.
exec 8>"$cache/in-use"
if flock --nonblock 8; then
  find "$cache" -mindepth 1 -maxdepth 1 -type d \( -name 'debian-*' -o -name 'packages-*' -o -name 'pki-*' \) \
    ! -name "$debian" ! -name "$packages" ! -name "$pki" -exec rm -rf --one-file-system {} +
fi
