#!/usr/bin/env bash
# Prints what the lab consists of, one a line.
set -euo pipefail
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
version() { dpkg-query --admindir="$cache/$packages/var/lib/dpkg" --show --showformat '${Version}' "$1"; }
echo "Dogtag $(version pki-tps): CA, KRA, TKS and TPS in Tomcat $(version libtomcat9-java)"
echo "389 Directory Server $(version 389-ds-base)"
