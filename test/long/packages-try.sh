# Within a Debian: installs /mnt/DEB, uses it as a user, and purges it while its agent runs. Writes what it sees to
# /mnt: before.txt, after.txt (every file and its hash), and of the rest what its name says.
set -euo pipefail
deb=/mnt/$1
apt-get -q update
# What the package needs, and what plays the desktop, which is not the package's to take away again.
apt-get -q install -y --no-install-recommends dbus dex libglib2.0-bin man-db bash-completion
apt-get -q satisfy -y --no-install-recommends "$(dpkg-deb --field "$deb" Depends)"
useradd --create-home someone

# Without the notes of apt and dpkg about what they did.
state() {
  find / -xdev \( -path /proc -o -path /dev -o -path /mnt -o -path /tmp -o -path /run -o -path /home -o -path /var/log \
    -o -path /var/cache/apt -o -path /var/lib/apt -o -path '/var/lib/dpkg/*' ! -path '/var/lib/dpkg/info*' \) -prune \
    -o -type f ! -name icon-theme.cache -exec sha256sum {} + -o -printf '%y %p\n' | sort -k2
}
as_someone() {
  runuser -u someone -- env HOME=/home/someone LANG=C.UTF-8 PATH=/usr/bin:/bin "$@"
}

state >/mnt/before.txt
apt-get -q install -y --no-install-recommends "$deb"
dpkg --listfiles esc >/mnt/files.txt
as_someone escctl --version >/mnt/version.txt
as_someone escctl list --json >/mnt/list.json || echo "$?" >/mnt/list-status.txt
man --warnings -l /usr/share/man/man1/escctl.1.gz >/mnt/manual.txt 2>&1
gsettings list-keys io.github.escproject.Esc >/mnt/settings.txt

# A session that starts what /etc/xdg/autostart says, and no more; then the package goes.
cat >/tmp/session <<'SESSION'
agent=io.github.escproject.Esc.Agent
dex --autostart --environment GNOME
gdbus wait --session --timeout 60 "$agent"
bus=(gdbus call --session --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus)
pid=$("${bus[@]}" --method org.freedesktop.DBus.GetConnectionUnixProcessID "$agent" | grep -o '[0-9]*' | tail -1)
tr '\0' ' ' <"/proc/$pid/cmdline" >/tmp/agent.txt
touch /tmp/started
tail --pid="$pid" -f /dev/null
touch /tmp/ended
SESSION
as_someone dbus-run-session -- bash /tmp/session &
session=$!
while [ ! -e /tmp/started ] && kill -0 "$session"; do sleep 0.1; done
cp /tmp/agent.txt /mnt/agent.txt
apt-get -q purge -y esc
wait "$session"
[ -e /tmp/ended ] && touch /mnt/agent-ended.txt
state >/mnt/after.txt
