#!/bin/sh
# usage: sandbox.sh FOLDER COMMAND...
# Runs a command where it finds /.flatpak-info, as under Flatpak; needs a mount namespace of its own. FOLDER is empty.
set -e
root=$1
shift
mount -t tmpfs none "$root"
for entry in /*; do
  if [ -L "$entry" ]; then
    cp -P "$entry" "$root/"
  elif [ -d "$entry" ]; then
    mkdir "$root$entry"
    mount --rbind "$entry" "$root$entry"
  fi
done
printf '[Application]\nname=io.github.escproject.Esc\n' > "$root/.flatpak-info"
exec chroot "$root" "$@"
