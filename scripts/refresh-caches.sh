#!/bin/sh
# refresh-caches.sh DATADIR: tells the desktop's caches of what was installed. Makes none that is not there: what an
# installation makes beside its own files, nothing would remove. Distributions' packages leave it to their triggers.
[ -n "$DESTDIR" ] && exit 0
datadir=$1
icons=$datadir/icons/hicolor
[ -e "$datadir/glib-2.0/schemas/gschemas.compiled" ] && glib-compile-schemas "$datadir/glib-2.0/schemas"
[ -e "$icons/icon-theme.cache" ] && gtk4-update-icon-cache -q -t -f "$icons"
[ -e "$datadir/applications/mimeinfo.cache" ] && update-desktop-database -q "$datadir/applications"
exit 0
