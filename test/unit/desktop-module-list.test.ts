import { expect, test } from 'vitest';
import { readModuleList } from '../../src/desktop/module-list.js';

test('reads what NSS writes, quotes and spaces included', () => {
  const text = [
    'library=',
    'name=NSS Internal PKCS #11 Module',
    "parameters=configdir='sql:/home/a' flags=optimizeSpace",
    'NSS=Flags=internal,critical trustOrder=75',
    '',
    'library=/opt/my cards/a.so',
    'name=OpenSC (One PIN)',
    '',
    '',
    'name="A \\"quoted\\" name"',
    'library=p11-kit-proxy.so',
    '',
    'rubbish',
  ].join('\n');
  expect(readModuleList(text)).toEqual([
    { name: 'NSS Internal PKCS #11 Module', library: '' },
    { name: 'OpenSC (One PIN)', library: '/opt/my cards/a.so' },
    { name: 'A "quoted" name', library: 'p11-kit-proxy.so' },
  ]);
  expect(readModuleList('')).toEqual([]);
});
