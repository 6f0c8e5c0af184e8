# shellcheck shell=bash
# Sourced by build.sh: a directory, and in one Tomcat a CA, a KRA, a TKS and a TPS. Runs in a network of its own.

# Puts this lab's names into a file of settings.
named() {
  sed "s/@HOST@/$host/; s/@INSTANCE@/$instance/; s/@DIRECTORY@/$directory/; s/@DIRECTORY_PORT@/$directory_port/
    s/@PASSWORD@/$password/" "$here/layers/$1"
}

build_pki() {
  local root=$1 subsystem file
  make_run_folders "$root"
  ip link set lo up
  hostname "$host"
  echo "$host" >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.0.1 %s\n' "$host" >"$root/etc/hosts"
  install -m 755 "$here/systemctl" "$root/usr/local/bin/"
  scan_little "$root/usr/share/pki/server/conf/catalina.properties"
  named directory.inf >"$root/root/directory.inf"
  named pki.cfg >"$root/root/pki.cfg"

  in_machine "$root" dscreate from-file /root/directory.inf
  in_machine "$root" systemctl start "dirsrv@$directory"
  in_machine "$root" ldapmodify -x -H "ldap://127.0.0.1:$directory_port" -D 'cn=Directory Manager' -w "$password" \
    <"$here/layers/people.ldif"
  make_applets "$root/usr/share/pki/tps/applets"
  for subsystem in CA KRA TKS TPS; do
    say "makes the $subsystem"
    in_machine "$root" pkispawn -f /root/pki.cfg -s "$subsystem"
    # The next one asks the CA, which pkispawn has started again and not waited for.
    wait_for_ca "$root"
  done
  in_machine "$root" systemctl stop "pki-tomcatd@$instance"
  in_machine "$root" systemctl stop "dirsrv@$directory"
  set_options "$root/etc/pki/$instance/tps/CS.cfg"
  # What tests change is kept as it is now.
  for file in {ca,kra,tks,tps}/CS.cfg server.xml tps/phoneHome.xml; do
    cp -p "$root/etc/pki/$instance/$file" "$root/etc/pki/$instance/$file.built"
  done
}

# Tomcat looks for annotations and tags in every jar, which is half of what a start takes. Dogtag has them in its own.
scan_little() {
  printf 'tomcat.util.scan.StandardJarScanFilter.%s\n' 'jarsToSkip=*.jar' 'jarsToScan=pki*.jar' >>"$1"
}

wait_for_ca() {
  local root=$1 tries=300
  until in_machine "$root" curl -s -m 5 "http://$host:8080/ca/admin/ca/getStatus" | grep -q running; do
    ((tries -= 1))
    sleep 1
  done
}

# Debian leaves out the applets that a TPS loads. To it they are bytes, and the virtual card takes any.
make_applets() {
  local version
  mkdir -p "$1"
  for version in 1.4.58768072 1.5.558cdcff; do
    head -c 15409 /dev/zero >"$1/$version.ijc"
  done
}

# Where what ships stands in the way: it refuses every PIN reset, and a second card of the same user.
set_options() {
  local policy='RE_ENROLL=YES;RENEW=NO;FORCE_FORMAT=NO;PIN_RESET=YES;RESET_PIN_RESET_TO_NO=NO'
  sed -i "s/^tokendb.defaultPolicy=.*/tokendb.defaultPolicy=$policy/
    s/^tokendb.nonExternalReg.allowMultiActiveTokensUser=.*/tokendb.nonExternalReg.allowMultiActiveTokensUser=true/
    s/^debug.level=.*/debug.level=0/" "$1"
}
