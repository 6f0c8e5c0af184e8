import GLib from 'gi://GLib';

/** Whether this program runs under Flatpak, which keeps it away from most of the system. */
export function isSandboxed(): boolean {
  return GLib.file_test('/.flatpak-info', GLib.FileTest.EXISTS);
}
