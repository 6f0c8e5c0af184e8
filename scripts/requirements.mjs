/**
 * The Debian packages (bookworm's names) that building, testing and trying the program need.
 * The one list of them; flatpak/ and packagers read it too.
 */
const run = [
  'gjs',
  'gir1.2-gtk-4.0',
  'gir1.2-adw-1',
  'gir1.2-soup-3.0',
  'glib-networking',
  'dconf-gsettings-backend',
  'librsvg2-common',
  'libpcsclite1',
];

const buildTools = [
  'gcc',
  'libc6-dev',
  'meson',
  'ninja-build',
  'pkg-config',
  'libpcsclite-dev',
  'libglib2.0-dev',
  'libglib2.0-bin',
  'gettext',
  'desktop-file-utils',
  'gtk-update-icon-cache',
  'libgtk-4-bin',
  'libxml2-utils',
];

const virtualReaders = ['pcscd', 'vsmartcard-vpcd', 'iproute2', 'util-linux'];

/** A display, and what looks at a window and uses it. */
export const forWindows = [
  'xvfb',
  'xclip',
  'dbus-daemon',
  'dconf-cli',
  'at-spi2-core',
  'python3-gi',
  'gir1.2-atspi-2.0',
  'imagemagick',
  'adwaita-icon-theme',
  'locales',
];

/** What the card is used with. */
export const forBrowsers = [
  'opensc',
  'opensc-pkcs11',
  'libnss3-tools',
  'p11-kit',
  'p11-kit-modules',
  'firefox-esr',
  'openssl',
];

const tests = [
  ...forWindows,
  ...forBrowsers,
  'coolkey',
  'strace',
  'valgrind',
  'systemd',
  'appstream',
  'man-db',
  'wget',
];

export const forDemo = [...run, ...buildTools, ...virtualReaders];
export const forTests = [...forDemo, ...tests];

/** What makes a Debian 11 for Dogtag, and namespaces for it to run in. */
export const forDogtagTests = [...forTests, 'debootstrap', 'hostname'];

/** What makes other machines, the desktops that the agent's icon is looked at in, and a Kerberos realm to sign in to. */
export const forLongTests = [
  ...forTests,
  'debootstrap',
  'krb5-admin-server',
  'krb5-kdc',
  'krb5-pkinit',
  'krb5-user',
  'gnome-shell',
  'gnome-shell-extension-appindicator',
  'xfce4-panel',
  'xfconf',
  'xdotool',
];
