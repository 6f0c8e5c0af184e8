#!/usr/bin/env bash
# Runs a command beside the lab, in namespaces where its host name is this machine: run.sh COMMAND...
# With --keep in place of the command it waits until it is interrupted, for enter.sh.
# The lab begins as it was built, whatever runs before or beside this one did. It ends, and its mounts with it, when
# the command ends or when this script is killed, however. Needs root, and what build.sh makes.
set -euo pipefail
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

# With all namespaces: run.sh --within SCRATCH COMMAND...
if [ "${1-}" = --within ]; then
  scratch=$2
  shift 2
  export ESC_DOGTAG_ROOT=$scratch/root ESC_DOGTAG_MACHINE_HOSTS=$scratch/machine-hosts
  # What a run that is interrupted leaves, keys of cards among it, goes with the rest.
  export TMPDIR=$scratch/tmp
  assemble "$ESC_DOGTAG_ROOT" "$scratch/upper" "$scratch/work" "${layers[@]}"
  make_run_folders "$ESC_DOGTAG_ROOT"
  ip link set lo up
  # Where there is no address but the loopback's, GLib finds no host at all.
  ip address add 192.0.2.1/32 dev lo
  hostname "$host"
  # The machine's own file stays in sight, so that a test can tell that nothing was done to it.
  : >"$ESC_DOGTAG_MACHINE_HOSTS"
  mount --bind /etc/hosts "$ESC_DOGTAG_MACHINE_HOSTS"
  { cat /etc/hosts; echo "127.0.0.1 $host"; } >"$scratch/hosts"
  mount --bind "$scratch/hosts" /etc/hosts
  # Not exec: the first process of a namespace has to wait for those that others leave behind.
  status=0
  "$@" || status=$?
  exit "$status"
fi

# What runs that were killed have left.
for left in "$cache"/run.*; do
  [ ! -d "$left" ] || ! flock --nonblock "$left/lock" true || rm -rf --one-file-system "$left"
done

exec 8>"$cache/in-use"
flock --shared 8
scratch=$(mktemp -d "$cache/run.XXXXXX")
exec 7>"$scratch/lock"
flock 7
mkdir "$scratch/upper" "$scratch/work" "$scratch/root" "$scratch/tmp"
if [ "${1-}" = --keep ]; then
  : >"$scratch/kept"
  set -- sleep infinity
fi
"${namespaces[@]}" --net --uts "$here/run.sh" --within "$scratch" "$@" <&0 &
child=$!
# Without bash's word that it was killed.
trap 'exec 2>/dev/null; kill -KILL $child' TERM INT HUP
trap 'exec 7>&-; rm -rf --one-file-system "$scratch"' EXIT
echo "$child" >"$scratch/namespaces"
status=0
wait "$child" || status=$?
exit "$status"
