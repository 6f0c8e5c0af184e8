/** The chain of a CA in each form in which Dogtag hands it out (bodies of Dogtag 10.10), and in hostile ones. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readChain } from '../../src/desktop/ca-chain.js';

const bodies = resolve(import.meta.dirname, '../transcripts/chain');
const then = new Date('2027-01-01');
const sha256 = 'FA1384BCD8FA371F30D7D37C7B1DE9A9B82999D0D0ECC2172AE88752C06467BB';

function body(name: string): Uint8Array {
  return readFileSync(join(bodies, `${name}.body`));
}

describe.each([
  'ee_ca_getCAChain_op_downloadBIN',
  'ee_ca_getCAChain_op_download',
  'ee_ca_getCAChain_op_download_mimeType_application_x_x509_ca_cert',
  'ee_ca_getCAChain_op_displayIND',
  'ee_ca_getCertChain',
  'admin_ca_getCertChain',
])('%s', name => {
  test('holds the certificate of the CA', () => {
    const [link, ...more] = readChain(body(name), then);
    expect(more).toEqual([]);
    expect(link?.certificate.subject.text).toBe('CN=CA Signing Certificate,OU=pki-tomcat,O=EXAMPLE');
    expect(link?.certificate.sha256).toBe(sha256);
    expect(link).toMatchObject({ isTop: true, faults: [] });
  });
});

describe('a chain of EC certificates', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const certificate = (name: string, issuer: string, ...more: string[]): void =>
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/O=Example/CN=${name}`, '-days', '30'],
      ...(issuer === '' ? [] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`]),
      ...more,
    );

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'esc-chain-'));
    certificate('root', '');
    certificate('issuing', 'root');
    certificate('user', 'issuing', '-addext', 'basicConstraints=critical,CA:FALSE');
    writeFileSync(
      file('chain.pem'),
      ['issuing', 'root'].map(name => readFileSync(file(`${name}.pem`), 'utf8')).join('text\n'),
    );
    openssl('crl2pkcs7', '-nocrl', '-certfile', 'chain.pem', '-outform', 'DER', '-out', 'chain.p7b');
    openssl('crl2pkcs7', '-nocrl', '-certfile', 'chain.pem', '-out', 'chain.p7.pem');
    openssl('x509', '-in', 'root.pem', '-outform', 'DER', '-out', 'root.der');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const names = (name: string, now = new Date()): unknown[] =>
    readChain(readFileSync(file(name)), now).map(({ certificate: { subject }, isTop, faults }) => [
      subject.commonName,
      isTop,
      faults,
    ]);

  test.each(['chain.pem', 'chain.p7b', 'chain.p7.pem'])('is read from %s, the top first', name => {
    expect(names(name)).toEqual([
      ['root', true, []],
      ['issuing', false, []],
    ]);
  });

  test('may be one certificate in DER', () => {
    expect(names('root.der')).toEqual([['root', true, []]]);
  });

  test('without its root is told to lack it', () => {
    expect(names('issuing.pem')).toEqual([['issuing', true, ['issuer-missing']]]);
  });

  test('tells what is expired, what is not valid yet, and what is no CA', () => {
    expect(names('root.pem', new Date('2100-01-01'))).toEqual([['root', true, ['expired']]]);
    expect(names('root.pem', new Date('2000-01-01'))).toEqual([['root', true, ['not-yet-valid']]]);
    expect(names('user.pem')).toEqual([['user', true, ['not-a-ca', 'issuer-missing']]]);
  });

  test('that is cut off is refused at every length', () => {
    const whole = readFileSync(file('chain.p7b'));
    for (let length = 0; length < whole.length; length += 1)
      expect(() => readChain(whole.subarray(0, length), then)).toThrow(/no-ca-chain/);
  });
});

test.each([
  ['nothing', ''],
  ['a page without a certificate', '<html><body>Sorry.</body></html>'],
  ['a number', '\x30\x03\x02\x01\x01'],
  ['nested without end', '\x30\x80'.repeat(5000)],
  ['base64 of something else', `MI${'A'.repeat(5000)}`],
  ['many runs of base64', `MI${'A'.repeat(200)}. `.repeat(5000)],
])('%s is refused', (_name, text) => {
  expect(() => readChain(Buffer.from(text, 'latin1'), then)).toThrow(/no-ca-chain/);
});
