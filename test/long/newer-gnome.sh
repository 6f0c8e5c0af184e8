# Within a Debian with a newer GNOME, in a clone of this repository: a system bus, polkit and what needs them.
#   newer-gnome.sh install PACKAGES...    what the tests need
#   newer-gnome.sh build BUNDLE           build/stage with a bundle that was made elsewhere
#   newer-gnome.sh run COMMAND...         with polkit guarding each pcscd: root may use cards, nobody else
#   newer-gnome.sh as-someone COMMAND...  with that, and a pcscd, as a user who is not root
set -euo pipefail
action=$1
shift
case $action in
  install)
    apt-get -q update
    DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
    chmod go+x /root
    id someone >/dev/null 2>&1 || useradd --create-home someone
    ;;
  build)
    rm -rf build
    meson setup build/meson --prefix "$PWD/build/stage" --libdir lib --libexecdir libexec "-Dbundle=$1"
    meson install -C build/meson --quiet
    node scripts/bundle-demo.mjs build/demo
    ;;
  as-someone)
    exec bash "$0" run bash -euc '
      # The one before was killed, and has left its socket.
      rm -rf /run/pcscd
      mkdir /run/pcscd
      pcscd --foreground >/dev/null &
      while [ ! -S /run/pcscd/pcscd.comm ]; do kill -0 $! && sleep 0.05; done
      exec runuser -u someone -- env HOME=/home/someone GSETTINGS_BACKEND=memory NO_AT_BRIDGE=0 "$@"
    ' bash "$@"
    ;;
  run)
    # Nothing that is started here outlives the command.
    exec unshare --pid --fork --kill-child --mount-proc bash -euc '
      # Nobody can write there, root neither.
      mount -t tmpfs -o ro tmpfs /sys
      mkdir -p /run/dbus
      rm -f /run/dbus/pid
      dbus-daemon --system --fork
      /usr/lib/polkit-1/polkitd --no-debug &
      gdbus wait --system --timeout 30 org.freedesktop.PolicyKit1 >&2
      "$@"
    ' bash "$@"
    ;;
esac
