# Within a Debian: the package of /mnt/ARCHIVE, as a packager makes it.
set -euo pipefail
archive=$1
apt-get -q update
apt-get -q install -y --no-install-recommends build-essential lintian xz-utils
mkdir /build
tar -xJf "/mnt/$archive" -C /build
cd /build/*/
cp -r packaging/debian debian
apt-get -q build-dep -y --no-install-recommends ./
dpkg-buildpackage -b -us -uc
cd ..
lintian --allow-root --fail-on none ./*.changes >/mnt/lintian.txt
cp ./*.deb /mnt
