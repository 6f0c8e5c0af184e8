import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.js';
import { formatTpsUrl, hostField, parseTpsUrl, serverName } from '../../../src/protocol/url.js';

describe('addresses that are taken', () => {
  test.each<[string, 'http' | 'https', string, number, string]>([
    ['http://pki.example.com/tps/tps', 'http', 'pki.example.com', 80, '/tps/tps'],
    ['https://pki.example.com/tps/tps', 'https', 'pki.example.com', 443, '/tps/tps'],
    ['https://pki.example.com:8443/tps/tps', 'https', 'pki.example.com', 8443, '/tps/tps'],
    ['  HTTP://PKI.Example.com:8080/nk_service\n', 'http', 'pki.example.com', 8080, '/nk_service'],
    ['http://127.0.0.1:8080/tps/tps', 'http', '127.0.0.1', 8080, '/tps/tps'],
    ['http://[::1]:8080/tps/tps', 'http', '::1', 8080, '/tps/tps'],
    ['https://[2001:DB8::7]/tps/tps', 'https', '2001:db8::7', 443, '/tps/tps'],
    ['http://[::ffff:192.0.2.1]/', 'http', '::ffff:192.0.2.1', 80, '/'],
    ['http://[1:2:3:4:5:6:7:8]/', 'http', '1:2:3:4:5:6:7:8', 80, '/'],
    ['http://localhost', 'http', 'localhost', 80, '/'],
    ['http://localhost?a=b', 'http', 'localhost', 80, '/?a=b'],
    ['http://localhost:1/a/b?c=d#e', 'http', 'localhost', 1, '/a/b?c=d'],
    ['http://host_with-signs.example./x', 'http', 'host_with-signs.example.', 80, '/x'],
    ['http://xn--mller-kva.example/', 'http', 'xn--mller-kva.example', 80, '/'],
  ])('%s', (text, scheme, host, port, path) => {
    const url = parseTpsUrl(text);
    expect(url).toEqual({ server: { scheme, host, port }, path });
    expect(parseTpsUrl(formatTpsUrl(url))).toEqual(url);
  });
});

describe('addresses that are refused, with the reason', () => {
  test.each([
    ['', /http:/],
    ['pki.example.com', /http:/],
    ['ftp://pki.example.com/', /http:/],
    ['http:/pki.example.com', /http:/],
    ['http://', /name of the server/],
    ['http://:8080/', /name of the server/],
    ['http://jsmith:secret@pki.example.com/', /password/],
    ['http://pki.example.com:0/', /port/],
    ['http://pki.example.com:65536/', /port/],
    ['http://pki.example.com:80a/', /port/],
    ['http://::1:8080/', /brackets/],
    ['http://[::1/', /brackets/],
    ['http://[::1]x/', /brackets/],
    ['http://[1:2]/', /IPv6/],
    ['http://[1::2::3]/', /IPv6/],
    ['http://[1:2:3:4:5:6:7:8:9]/', /IPv6/],
    ['http://[1:2:3:4:5:6:7::8]x', /brackets/],
    ['http://[::192.0.2.256]/', /IPv6/],
    ['http://[12345::]/', /IPv6/],
    ['http://256.1.1.1/', /IPv4/],
    ['http://1.2.3/', /IPv4/],
    ['http://a b/', /name of the server/],
    ['http://müller.example/', /name of the server/],
    ['http://-a.example/', /name of the server/],
    ['http://a..b/', /name of the server/],
    [`http://${'a'.repeat(64)}.example/`, /name of the server/],
    ['http://localhost/a b', /path/],
    ['http://localhost/a\r\nX-Injected: yes', /path/],
    ['http://localhost/ä', /path/],
  ])('%j', (text, reason) => {
    expect(() => parseTpsUrl(text)).toThrow(expect.objectContaining({ code: 'bad-url' }));
    expect(() => parseTpsUrl(text)).toThrow(reason);
  });

  test('the refusal does not repeat a password', () => {
    expect(() => parseTpsUrl('http://jsmith:hunter2@pki.example.com/')).toThrow(/^(?!.*hunter2)/s);
  });
});

test('the Host field names the port where it is not the scheme’s own', () => {
  expect(hostField({ scheme: 'http', host: 'a', port: 80 })).toBe('a');
  expect(hostField({ scheme: 'https', host: 'a', port: 80 })).toBe('a:80');
  expect(hostField({ scheme: 'http', host: '::1', port: 80 })).toBe('[::1]');
  expect(hostField({ scheme: 'http', host: '::1', port: 81 })).toBe('[::1]:81');
  expect(serverName({ scheme: 'http', host: '::1', port: 80 })).toBe('[::1]:80');
});

test('any text is an address or a bad-url, and an address stays the same as text', () => {
  const piece = fc.constantFrom(
    'http://',
    'https://',
    '[',
    ']',
    ':',
    '::1',
    '/',
    '?',
    '#',
    '@',
    'a.b',
    '80',
    '%',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 10 }), pieces => {
      try {
        const url = parseTpsUrl(pieces.join(''));
        expect(parseTpsUrl(formatTpsUrl(url))).toEqual(url);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).code).toBe('bad-url');
      }
    }),
    { numRuns: 2000 },
  );
});
