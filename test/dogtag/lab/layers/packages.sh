# shellcheck shell=bash
# Sourced by build.sh: Dogtag 10.10 and 389 Directory Server. Runs with the machine's network.
build_packages() {
  local root=$1
  local wanted=(pki-ca pki-kra pki-tks pki-tps pki-server pki-tools pki-tps-client 389-ds-base ldap-utils)
  in_machine "$root" apt-get -q update || return "$no_mirror"
  in_machine "$root" apt-get -q install -y --no-install-recommends --download-only "${wanted[@]}" ||
    return "$no_mirror"
  in_machine "$root" apt-get -q install -y --no-install-recommends "${wanted[@]}"
  in_machine "$root" apt-get clean
}
