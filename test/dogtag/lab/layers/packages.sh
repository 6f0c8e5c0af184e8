# shellcheck shell=bash
# Sourced by build.sh: Dogtag 10.10 and 389 Directory Server. Runs with the machine's network.
build_packages() {
  local root=$1
  local wanted=(pki-ca pki-kra pki-tks pki-tps pki-server pki-tools pki-tps-client 389-ds-base ldap-utils)
  # The machine's way to the mirror may have a proxy's password in it: /run is not kept.
  apt-config dump | grep '^Acquire::' >"$root/run/apt.conf"
  local apt=(in_machine "$root" APT_CONFIG=/run/apt.conf apt-get -q)
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends "${wanted[@]}"
  "${apt[@]}" clean
}
