# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it. The lab is a Debian in layers: folders that each hold what they add to those
# below them, so that one is there whole or not at all, and so that a run writes into a layer of its own.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=names.sh
. "$here/names.sh"
cache=${ESC_DOGTAG:-${XDG_CACHE_HOME:-$HOME/.cache}/esc-dogtag}

say() { echo "dogtag: $*" >&2; }

# A layer's name tells what it was made by, and upon what: layer_name NAME BELOW FILE...
layer_name() {
  local name=$1 below=$2
  shift 2
  echo "$name-$({ echo "$below"; cat "$@"; } | sha256sum | cut -c1-12)"
}

cd "$here" || exit
debian=$(layer_name debian '' layers/debian.sh)
packages=$(layer_name packages "$debian" layers/packages.sh)
pki=$(layer_name pki "$packages" layers/pki.sh layers/directory.inf layers/people.ldif layers/pki.cfg names.sh systemctl)
cd - >/dev/null || exit
# In the order in which they are laid.
layers=("$debian" "$packages" "$pki")

# Before a command: gives it namespaces that end with the process that made them, whatever ends that.
namespaces=(
  setpriv --pdeathsig KILL
  unshare --mount --propagation private --ipc --pid --fork --kill-child --mount-proc
)

# Mounts a machine: assemble ROOT UPPER WORK LAYER..., the lowest layer first. To be called in a namespace of mounts.
assemble() {
  local root=$1 upper=$2 work=$3 lower='' layer
  shift 3
  for layer in "$@"; do lower=$cache/$layer${lower:+:$lower}; done
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
}

# What systemd-tmpfiles makes in /run for the two services.
make_run_folders() {
  chroot "$1" sh -c "
    install -d -m 1777 /run/lock
    install -d -m 770 -o dirsrv -g dirsrv /run/dirsrv /run/lock/dirsrv /run/lock/dirsrv/slapd-$directory
    install -d -o pkiuser -g pkiuser /run/pki /run/pki/tomcat /run/lock/pki /run/lock/pki/tomcat"
}

# in_machine ROOT COMMAND...
in_machine() {
  local root=$1
  shift
  chroot "$root" env -i HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
