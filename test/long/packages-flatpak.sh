# What flatpak-builder does last, on an installation for /app: the permissions are taken, and of the files that the
# desktop sees those are exported whose names are the application's.
#   packages-flatpak.sh ARCHIVE MANIFEST OUT
set -euo pipefail
archive=$1 manifest=$2 out=$3
# It leaves a folder of its own where it is started.
(cd "$out" && flatpak-builder --show-manifest "$manifest" >manifest.json)
tar -xJf "$archive" -C "$out" --strip-components=1 --one-top-level=source
meson setup "$out/build" "$out/source" --prefix=/app -Dbundle=bundle >&2
DESTDIR=$out/installed meson install -C "$out/build" --quiet >&2
mkdir "$out/flatpak" "$out/flatpak/var"
mv "$out/installed/app" "$out/flatpak/files"
cat >"$out/flatpak/metadata" <<'METADATA'
[Application]
name=io.github.escproject.Esc
runtime=org.gnome.Platform/x86_64/49
sdk=org.gnome.Sdk/x86_64/49
METADATA
mapfile -t permissions < <(sed -n '/^finish-args:/,/^[^ ]/s/^  - //p' "$manifest")
flatpak build-finish --command=esc "${permissions[@]}" "$out/flatpak" >&2
cat "$out/flatpak/metadata"
