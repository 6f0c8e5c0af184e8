#!/usr/bin/env bash
# Makes and tries packages of a release archive. BASE is an untouched Debian (fresh-machine.sh make), over which each
# command works in a layer of its own; OUT is a folder, which it sees as /mnt.
#   packages.sh build BASE ARCHIVE OUT     the Debian package; what lintian says of it is in OUT/lintian.txt
#   packages.sh try BASE DEB OUT           installs it without build tools, uses it as a user, purges it
#   packages.sh rpm ARCHIVE SPEC OUT       the RPM package, made on this machine
# Needs root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
action=$1
shift

# Runs a script of this folder in a layer over BASE; its processes and mounts go with it.
in_layer() {
  local base=$1 out=$2 layer status=0
  shift 2
  layer=$(mktemp -d /var/tmp/esc-layer-XXXXXX)
  mkdir "$layer/upper" "$layer/work" "$layer/root"
  unshare --mount --pid --fork --kill-child --propagation private bash -ec '
    base=$1 layer=$2 out=$3 root=$layer/root
    shift 3
    mount -t overlay none -o "lowerdir=$base,upperdir=$layer/upper,workdir=$layer/work" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind "$out" "$root/mnt"
    exec chroot "$root" env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      DEBIAN_FRONTEND=noninteractive bash "$@"
  ' bash "$base" "$layer" "$out" "$@" || status=$?
  rm -rf --one-file-system "$layer"
  return "$status"
}

build() {
  local base=$1 archive=$2 out=$3
  cp "$archive" "$here"/packages-*.sh "$out"
  in_layer "$base" "$out" /mnt/packages-build.sh "$(basename "$archive")"
}

try() {
  local base=$1 deb=$2 out=$3
  cp "$here"/packages-*.sh "$out"
  [ "$deb" -ef "$out/$(basename "$deb")" ] || cp "$deb" "$out"
  in_layer "$base" "$out" /mnt/packages-try.sh "$(basename "$deb")"
}

rpm() {
  local archive=$1 spec=$2 out=$3
  mkdir -p "$out/SOURCES"
  cp "$archive" "$out/SOURCES"
  rpmbuild -bb --nodeps --define "_topdir $out" "$spec" >&2
  find "$out/RPMS" -name '*.rpm'
}

case $action in
  build | try | rpm) $action "$@" ;;
  *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
