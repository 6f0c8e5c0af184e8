#!/usr/bin/env bash
# A fresh Debian 12 (or another release) in a folder, with Node copied in and none of the packages that the program needs.
#   fresh-machine.sh make FOLDER [SUITE]   debootstrap, Node, the host's way to its package mirrors
#   fresh-machine.sh clone FOLDER     a fresh clone of this repository at FOLDER/root/esc
#   fresh-machine.sh run FOLDER CMD   runs CMD in the clone; display, session bus and /tmp are the host's
#   fresh-machine.sh remove FOLDER
# Needs root and debootstrap.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
action=$1
folder=$2
shift 2

mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -1
}

make() {
  local suite=${1-bookworm}
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder" "$(mirror)" >&2
  # What packages of the host have put there is theirs; the rest is the way to the mirrors.
  local file
  for file in /etc/apt/apt.conf.d/*; do
    dpkg --search "$file" >/dev/null 2>&1 || cp "$file" "$folder/etc/apt/apt.conf.d/"
  done
  rm -f "$folder/etc/apt/sources.list"
  cp /etc/apt/sources.list.d/*.sources "$folder/etc/apt/sources.list.d/"
  sed -i "/^Suites:/s/bookworm/$suite/g" "$folder"/etc/apt/sources.list.d/*.sources
  cp /etc/resolv.conf /etc/hosts "$folder/etc/"
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$folder/usr/local/share/ca-certificates/"
    chroot "$folder" update-ca-certificates >&2
  fi
  [ ! -e "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$folder/root/"
  [ ! -e /usr/local/etc/npmrc ] || { mkdir -p "$folder/usr/local/etc" && cp /usr/local/etc/npmrc "$folder/usr/local/etc/"; }
  local node
  node=$(readlink -f "$(command -v node)")
  install -D "$node" "$folder/usr/bin/node"
  mkdir -p "$folder/usr/lib/node_modules"
  cp -r "$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")")/npm" "$folder/usr/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/bin/npm"
}

clone() {
  rm -rf "$folder/root/esc"
  git clone -q "$here" "$folder/root/esc"
}

# A mount namespace of its own: nothing stays mounted when the command has ended.
run() {
  exec unshare --mount --propagation private bash -c '
    folder=$1; shift
    # A mount of its own, so that what runs within can make namespaces of mounts, too.
    mount --bind "$folder" "$folder"
    mount -t proc proc "$folder/proc"
    mount --rbind /dev "$folder/dev"
    mount --bind /tmp "$folder/tmp"
    exec chroot "$folder" env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin CI="${CI-}" \
      NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
      DISPLAY="${DISPLAY-}" XAUTHORITY="${XAUTHORITY-}" DBUS_SESSION_BUS_ADDRESS="${DBUS_SESSION_BUS_ADDRESS-}" \
      GDK_BACKEND=x11 GSK_RENDERER=cairo  ADW_DEBUG_COLOR_SCHEME="${ADW_DEBUG_COLOR_SCHEME-default}" \
      sh -c "cd /root/esc && exec \"\$@\"" sh "$@"
  ' bash "$folder" "$@"
}

case $action in
  make | clone | run) $action "$@" ;;
  remove) rm -rf --one-file-system "$folder" ;;
  *) sed -n '2,8p' "$0" >&2; exit 2 ;;
esac
