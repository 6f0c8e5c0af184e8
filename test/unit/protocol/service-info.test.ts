import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.js';
import {
  longestServiceInfo,
  parseServiceInfo,
  serviceInfoUrl,
  type ServiceInfo,
} from '../../../src/protocol/service-info.js';

function read(document: string): ServiceInfo {
  return parseServiceInfo(new TextEncoder().encode(document));
}

function refusal(document: string | Uint8Array): Failure {
  try {
    parseServiceInfo(typeof document === 'string' ? new TextEncoder().encode(document) : document);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const services = (inner: string): string =>
  `<ServiceInfo><IssuerName>Example Corp</IssuerName><Services>${inner}</Services></ServiceInfo>`;

/** As Dogtag 10.10 answers, byte for byte. */
const dogtag = `<ServiceInfo>
<IssuerName>FedoraProject</IssuerName>
<Services>
<Operation>https://pki.example.com:8443/tps/tps</Operation>
<UI></UI>
<EnrolledTokenBrowserURL>http://fedoraproject.org</EnrolledTokenBrowserURL>
<EnrolledTokenURL></EnrolledTokenURL>
<TokenType>userKey</TokenType>
</Services>
</ServiceInfo>
`;

/** The guide's example 3.1. */
const example = `<ServiceInfo><IssuerName>Example Corp</IssuerName>

<Services>

<Operation>http://server.example.com:7888/nk_service ## TPS server URL

</Operation>

<UI>http://server.example.com:7888/cgi_bin/esc.cgi ## Optional

Enrollment UI

</UI>

<EnrolledTokenBrowserURL>http://www.test.url.com ## Optional

enrolled token url

</EnrolledTokenBrowserURL>

</Services>

</ServiceInfo>
`;

describe('a Phone Home document', () => {
  test('of Dogtag is read, empty elements left out', () => {
    const { issuerName, services } = read(dogtag);
    expect(issuerName).toBe('FedoraProject');
    expect(Object.fromEntries(services)).toEqual({
      Operation: 'https://pki.example.com:8443/tps/tps',
      EnrolledTokenBrowserURL: 'http://fedoraproject.org',
      TokenType: 'userKey',
    });
  });

  test('of the guide is read, its comments left out', () => {
    const { issuerName, services } = read(example);
    expect(issuerName).toBe('Example Corp');
    expect(Object.fromEntries(services)).toEqual({
      Operation: 'http://server.example.com:7888/nk_service',
      UI: 'http://server.example.com:7888/cgi_bin/esc.cgi',
      EnrolledTokenBrowserURL: 'http://www.test.url.com',
    });
  });

  test('keeps every element of the sheet, and others', () => {
    const all = {
      Operation: 'https://tps.example.com/tps',
      UI: 'https://tps.example.com/ui',
      EnrolledTokenURL: 'https://tps.example.com/enrolled',
      EnrolledTokenBrowserURL: 'https://example.com/',
      TokenType: 'soKey',
      CAChainUI: 'https://ca.example.com/chain',
      HelpDesk: '+49 30 1234',
    };
    const inner = Object.entries(all).map(([name, value]) => `<${name}> ${value}\n</${name}>`);
    expect(Object.fromEntries(read(services(inner.join(''))).services)).toEqual(all);
  });

  test('may have a declaration, a byte order mark, comments, CDATA and references', () => {
    const { issuerName, services } = read(
      '\ufeff<?xml version="1.0" encoding="UTF-8"?><!-- c --><ServiceInfo a="b"><IssuerName>A &amp; <![CDATA[<B> &amp;]]> &#x43;&#68;</IssuerName>' +
        '<Services><Operation>https://a.example/x?b=1&amp;c=2#d<!-- e --></Operation></Services></ServiceInfo><!-- z -->',
    );
    expect(issuerName).toBe('A & <B> &amp; CD');
    expect(services.get('Operation')).toBe('https://a.example/x?b=1&c=2#d');
  });

  test('may be in the encoding that it declares or marks', () => {
    const latin = Buffer.from(
      `<?xml version="1.0" encoding="ISO-8859-1"?>${services('').replace('Example', 'Köln')}`,
      'latin1',
    );
    expect(parseServiceInfo(latin).issuerName).toBe('Köln Corp');
    const wide = Buffer.from(`\ufeff${services('').replace('Example', 'Köln')}`, 'utf16le');
    expect(parseServiceInfo(wide).issuerName).toBe('Köln Corp');
  });

  test('may lack the issuer, the services and all', () => {
    expect(read('<ServiceInfo/>')).toEqual({ issuerName: '', services: new Map() });
  });

  test('cannot turn or break the line that shows its names', () => {
    const info = read('<ServiceInfo><IssuerName>A\u202eB\n\u0085C</IssuerName></ServiceInfo>');
    expect(info.issuerName).toBe('A B C');
  });

  test.each([
    ['nothing', '', 'not-xml'],
    ['text', 'Phone Home', 'not-xml'],
    ['a web page', '<!DOCTYPE html><html lang="en"><p>404</html>', 'not-xml'],
    ['an element that does not end', '<ServiceInfo><Services>', 'not-xml'],
    ['two roots', '<ServiceInfo/><ServiceInfo/>', 'not-xml'],
    ['bytes that are no text', new Uint8Array([0x3c, 0xff, 0xfe, 0x3e]), 'not-xml'],
    ['an encoding that there is not', '<?xml version="1.0" encoding="x-none"?><ServiceInfo/>', 'not-xml'],
    ['a DTD', '<!DOCTYPE ServiceInfo [<!ELEMENT a ANY>]><ServiceInfo/>', 'not-xml'],
    [
      'an entity that a DTD defines',
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><ServiceInfo><IssuerName>&b;</IssuerName></ServiceInfo>',
      'not-xml',
    ],
    ['an entity that nobody defines', services('<UI>&nbsp;</UI>'), 'not-xml'],
    ['an entity with a name of the language', services('<UI>&constructor;</UI>'), 'not-xml'],
    ['an ampersand that stands alone', services('<UI>a&b</UI>'), 'not-xml'],
    ['a reference to no character', services('<UI>&#xD800;</UI>'), 'not-xml'],
    ['deep nesting', '<a>'.repeat(5000) + '</a>'.repeat(5000), 'not-xml'],
    ['another document', '<html><body/></html>', 'not-xml'],
    ['another XML document', '<XMLResponse><State>SUCCESS</State></XMLResponse>', 'not-service-info'],
    ['another case', '<serviceinfo/>', 'not-service-info'],
    ['an Operation of another kind', services('<Operation>ftp://a.example/</Operation>'), 'not-service-info'],
    ['too much', services(`<UI>${'x'.repeat(longestServiceInfo)}</UI>`), 'document-too-big'],
  ])('is not %s', (_what, document, code) => {
    expect(refusal(document).code).toBe(code);
  });

  test('says what was found instead', () => {
    expect(refusal('<XMLResponse/>').detail).toBe('its outermost element is “XMLResponse”, not ServiceInfo');
    expect(refusal(services('<Operation>tps.example.com</Operation>')).detail).toContain(
      'does not begin with http:// or https://',
    );
  });

  test('gives back what was written into it, whatever that is', () => {
    const escaped = (text: string): string =>
      text.replace(/[<>&]/g, character => `&#${character.charCodeAt(0)};`);
    const text = fc.stringMatching(/^[!-~äΩ漢](?:[ -~äΩ漢]{0,60}[!-~äΩ漢])?$/u);
    const plain = (value: string): string => value.replace(/ +/g, ' ');
    fc.assert(
      fc.property(text, text, (issuer, value) => {
        fc.pre(!/(^|\s)##/.test(value));
        const info = read(
          `<ServiceInfo><IssuerName>${escaped(issuer)}</IssuerName><Services><Other>${escaped(value)}</Other></Services></ServiceInfo>`,
        );
        expect(info.issuerName).toBe(plain(issuer));
        expect(info.services.get('Other')).toBe(plain(value));
      }),
    );
  });

  test('that is damaged is read or refused, nothing else', () => {
    const pieces = [
      '<',
      '>',
      '</',
      '<!',
      '<!--',
      '<![CDATA[',
      ']]>',
      '<?',
      '&',
      ';',
      '&#',
      '"',
      '=',
      '\0',
      '##',
    ];
    const damage = fc.record({
      at: fc.nat(dogtag.length),
      length: fc.nat(20),
      instead: fc.oneof(fc.constantFrom(...pieces), fc.string()),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), damages => {
        let document = dogtag;
        for (const { at, length, instead } of damages)
          document = document.slice(0, at) + instead + document.slice(at + length);
        try {
          expect(typeof read(document).issuerName).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('that is no document at all is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(['not-xml', 'not-service-info']).toContain(refusal(bytes).code);
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ['http://a.example/tps/phoneHome', 'http://a.example/tps/phoneHome?cuid=00aa'],
  ['http://a.example/x?y=z', 'http://a.example/x?y=z&cuid=00aa'],
  ['http://a.example/x#part', 'http://a.example/x?cuid=00aa'],
])('the number of the card goes with %s', (url, asked) => {
  expect(serviceInfoUrl(url, '00AA')).toBe(asked);
});
