# shellcheck shell=bash
# Sourced by build.sh: a small Debian 11 from the mirror that apt uses here.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -1
}

build_debian() {
  local root=$1 mirror
  mirror=$(mirror)
  debootstrap --variant=minbase --include=ca-certificates,procps,hostname,iproute2,curl,openssl \
    bullseye "$root" "$mirror"
  # Its security archive is left out: it lists packages that it does not have.
  echo "deb $mirror bullseye main" >"$root/etc/apt/sources.list"
  echo 'Acquire::Languages "none";' >"$root/etc/apt/apt.conf.d/90lab"
  # No service starts because its package is installed.
  install -m 755 /dev/stdin "$root/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101'
  # Where packages for Java expect them.
  mkdir -p "$root/usr/share/man/man1" "$root/usr/share/man/man7"
}
