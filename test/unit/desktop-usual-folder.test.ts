import { expect, test } from 'vitest';
import { usualFolder } from '../../src/desktop/usual-folder.js';

test.each([
  ['ID=debian', 'x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'],
  ['NAME="Debian GNU/Linux"\nID=debian\n', 'aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu'],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'],
  ['NAME="Fedora Linux"\nID=fedora\n', 'x86_64-linux-gnu', '/usr/lib64'],
  ['ID="rhel"\nID_LIKE="fedora"', 'aarch64-linux-gnu', '/usr/lib64'],
  ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', 'x86_64-linux-gnu', '/usr/lib64'],
  ['ID=manjaro\nID_LIKE=arch', 'x86_64-linux-gnu', '/usr/lib'],
  ['VARIANT_ID=debian\nID=other', 'x86_64-linux-gnu', '/usr/lib64'],
])('%j on %s has its libraries in %s', (osRelease, triplet, folder) => {
  expect(usualFolder(osRelease, triplet)).toBe(folder);
});
