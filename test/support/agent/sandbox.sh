#!/bin/sh
# usage: sandbox.sh FOLDER COMMAND...
# Runs a command where it finds /.flatpak-info, as under Flatpak; needs a mount namespace of its own. FOLDER is empty.
# HOST_OS_RELEASE in the environment says which system is around it; without, it is this one.
set -e
root=$1
shift
mount -t tmpfs none "$root"
for entry in /* /run/*; do
  if [ "$entry" = /run ]; then
    mkdir "$root/run"
  elif [ -L "$entry" ]; then
    cp -P "$entry" "$root$entry"
  elif [ -d "$entry" ]; then
    mkdir "$root$entry"
    mount --rbind "$entry" "$root$entry"
  fi
done
mkdir "$root/run/host"
printf '%s\n' "${HOST_OS_RELEASE-$(cat /etc/os-release)}" > "$root/run/host/os-release"
printf '[Application]\nname=io.github.escproject.Esc\n' > "$root/.flatpak-info"
# Where a user's path may not lead.
exec /usr/sbin/chroot "$root" "$@"
