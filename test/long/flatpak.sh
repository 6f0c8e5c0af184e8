#!/usr/bin/env bash
# Builds the Flatpak with flatpak-builder and installs it, for a user of its own (HOME is OUT/home). Where GNOME's SDK
# is not to be had, Debian's newer GNOME takes its place: its /usr is what the runtime has.
#   flatpak.sh runtime BASE OUT      makes that runtime of BASE, an untouched Debian (fresh-machine.sh make)
#   flatpak.sh build MANIFEST OUT    builds and installs the program
#   flatpak.sh run OUT COMMAND...    a command with the settings of that user
# Needs root.
set -euo pipefail
action=$1
shift

# What the program needs to run, and what flatpak-builder needs to build it and pcsc-lite.
packages=(
  gjs gir1.2-adw-1 gir1.2-gtk-4.0 gir1.2-soup-3.0 glib-networking libgtk-4-bin librsvg2-common
  appstream appstream-compose appstream-util desktop-file-utils flex gcc gettext libc6-dev libglib2.0-bin
  libglib2.0-dev-bin meson ninja-build perl pkgconf
)

as_user() {
  local out=$1
  shift
  mkdir -p "$out/home" "$out/run"
  HOME=$out/home XDG_RUNTIME_DIR=$out/run "$@"
}

runtime() {
  local base=$1 out=$2 name
  cp -a "$base" "$out/root"
  unshare --mount --propagation private bash -ec '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    chroot "$root" env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
      sh -ec "apt-get -q update; apt-get -q install -y --no-install-recommends $*"
  ' bash "$out/root" "${packages[@]}" >&2
  mkdir -p "$out/runtime/files" "$out/runtime/var"
  mv "$out/root/usr" "$out/runtime/usr"
  rm -rf "$out/runtime/usr/etc"
  cp -a "$out/root/etc" "$out/runtime/usr/etc"
  for name in Sdk Platform; do
    printf '[Runtime]\nname=org.gnome.%s\nruntime=org.gnome.Sdk/x86_64/49\nsdk=org.gnome.Sdk/x86_64/49\n' "$name" \
      >"$out/runtime/metadata"
    as_user "$out" flatpak build-export --disable-fsync --runtime "$out/runtimes" "$out/runtime" 49 >&2
  done
  as_user "$out" flatpak --user remote-add --no-gpg-verify runtimes "file://$out/runtimes" >&2
  as_user "$out" dbus-run-session -- \
    flatpak --user install -y --noninteractive runtimes org.gnome.Sdk//49 org.gnome.Platform//49 >&2
  rm -rf "$out/root" "$out/runtime"
}

# pcsc-lite as its author packed it lies at Debian, too, where the way to the author is shut.
fetch_pcsc_lite() {
  local manifest=$1 out=$2 url hash file
  url=$(sed -n 's/^ *url: *\(.*pcsc-lite.*\)$/\1/p' "$manifest")
  hash=$(sed -n "\#$url#,/sha256/s/^ *sha256: *//p" "$manifest")
  file=$out/state/downloads/$hash/${url##*/}
  mkdir -p "${file%/*}"
  wget -nv --tries=1 --timeout=20 -O "$file" "$url" ||
    wget -nv -O "$file" "$(mirror)pool/main/p/pcsc-lite/$(sed 's/-\([0-9.]*\)\.tar/_\1.orig.tar/' <<<"${url##*/}")"
}

mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -1
}

build() {
  local manifest=$1 out=$2
  fetch_pcsc_lite "$manifest" "$out"
  as_user "$out" dbus-run-session -- \
    flatpak-builder --user --disable-rofiles-fuse --state-dir="$out/state" --repo="$out/programs" "$out/app" "$manifest" >&2
  as_user "$out" flatpak --user remote-add --no-gpg-verify programs "file://$out/programs" >&2
  as_user "$out" dbus-run-session -- \
    flatpak --user install -y --noninteractive programs io.github.escproject.Esc >&2
}

run() {
  local out=$1
  shift
  as_user "$out" exec dbus-run-session -- "$@"
}

case $action in
  runtime | build | run) $action "$@" ;;
  *) sed -n '2,8p' "$0" >&2; exit 2 ;;
esac
