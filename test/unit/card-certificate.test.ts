import { createHash, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { concatBytes, toHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { modulusBits, parseCertificate } from '../../src/card/certificate.js';
import {
  bmpCertificate,
  caCertificate,
  ecCertificate,
  ed25519Certificate,
} from '../support/card/certificates.js';
import { makeCertificate } from '../gjs/certificates.js';

function derOf(pem: string): Uint8Array {
  return new Uint8Array(new X509Certificate(pem).raw);
}

describe('an EC certificate', () => {
  const certificate = parseCertificate(ecCertificate);

  test('names', () => {
    expect(certificate.subject).toEqual({
      text: 'UID=zoe,CN=Zoë \\"Z\\" Müller,OU=Staff,O=Example\\, Inc.,DC=example',
      commonName: 'Zoë "Z" Müller',
      userId: 'zoe',
      organization: 'Example, Inc.',
    });
    expect(certificate.label).toBe('Zoë "Z" Müller');
    expect(parseCertificate(ecCertificate, ' my card\n').label).toBe('my card');
  });

  test('key, usage, validity', () => {
    expect(certificate.key).toEqual({ kind: 'ec', bits: 256, curve: 'P-256' });
    expect(certificate.keyUsage).toEqual(['digitalSignature', 'nonRepudiation']);
    expect(certificate.extendedKeyUsage).toEqual([
      'clientAuth',
      'emailProtection',
      'smartcardLogon',
      '1.2.3.4',
    ]);
    expect(certificate.isCa).toBe(false);
    expect(certificate.notBefore.toISOString()).toBe('2026-11-23T11:51:27.000Z');
    expect(certificate.notAfter.toISOString()).toBe('2036-11-20T11:51:27.000Z');
  });

  test('serial number, fingerprints and PEM are those that Node sees', () => {
    const other = new X509Certificate(ecCertificate);
    expect(toHex(certificate.serialNumber)).toBe(other.serialNumber);
    expect(certificate.sha1).toBe(other.fingerprint.replaceAll(':', ''));
    expect(certificate.sha256).toBe(createHash('sha256').update(ecCertificate).digest('hex').toUpperCase());
    expect(new X509Certificate(certificate.pem).fingerprint).toBe(other.fingerprint);
    expect(certificate.pem.split('\n').every(line => line.length <= 64)).toBe(true);
  });

  test('bytes after its end are no part of it', () => {
    const padded = parseCertificate(concatBytes(ecCertificate, new Uint8Array(20)));
    expect(padded.der).toHaveLength(ecCertificate.length);
    expect(padded.sha256).toBe(certificate.sha256);
  });
});

test('a certification authority, P-384', () => {
  const certificate = parseCertificate(caCertificate);
  expect(certificate.isCa).toBe(true);
  expect(certificate.key).toEqual({ kind: 'ec', bits: 384, curve: 'P-384' });
});

test('a key of a kind that is not known', () => {
  expect(parseCertificate(ed25519Certificate).key).toEqual({ kind: 'other', bits: 0 });
});

test('names in BMPString', () => {
  expect(parseCertificate(bmpCertificate).subject.commonName).toBe('Grüße');
});

test('an RSA certificate', () => {
  const { cert } = makeCertificate({ commonName: 'rsa', isCa: true });
  const certificate = parseCertificate(derOf(cert));
  expect(certificate.key).toEqual({ kind: 'rsa', bits: 2048 });
  expect(certificate.isCa).toBe(true);
  expect(certificate.subject.text).toBe('CN=rsa');
});

describe('what is none', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['a number', Uint8Array.of(2, 1, 5)],
    ['an empty sequence', Uint8Array.of(0x30, 0)],
    ['an endless length', Uint8Array.of(0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255)],
    ['nesting without end', new Uint8Array(4000).fill(0x30)],
    ['indefinite nesting', Uint8Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 0x30 : 0x80))],
    ['too long', new Uint8Array(0x8001)],
  ])('%s', (_name, bytes) => {
    expect(() => parseCertificate(bytes)).toThrow(
      expect.objectContaining({ code: 'malformed-data' }) as Error,
    );
  });

  test('any certificate cut anywhere', () => {
    for (let length = 0; length < ecCertificate.length; length += 3)
      expect(() => parseCertificate(ecCertificate.subarray(0, length))).toThrow(Failure);
  });

  test('a time that is none', () => {
    const bytes = ecCertificate.slice();
    const at = Buffer.from(bytes).indexOf('261123115127Z');
    bytes[at] = 0x58;
    expect(() => parseCertificate(bytes)).toThrow(Failure);
  });
});

test('a broken extension is as good as absent', () => {
  const { cert } = makeCertificate({ commonName: 'rsa', isCa: true });
  const der = derOf(cert);
  const oid = Buffer.from(forge.asn1.oidToDer('2.5.29.19').getBytes(), 'latin1');
  const at = Buffer.from(der).indexOf(oid) + oid.length;
  // BOOLEAN TRUE (3 bytes), OCTET STRING (2 bytes of header), SEQUENCE: its length is broken here.
  expect(der[at + 5]).toBe(0x30);
  der[at + 6] = 0x7f;
  expect(parseCertificate(der).isCa).toBe(false);
});

test.each([
  ['', 0],
  ['00', 0],
  ['01', 1],
  ['0080', 8],
  ['8000', 16],
])('modulus %s has %i bits', (hex, bits) => {
  expect(modulusBits(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(bits);
});
