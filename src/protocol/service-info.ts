import { XMLParser } from 'fast-xml-parser';
import { asFailure, Failure, type FailureReason } from '../base/failure.js';
import { showable } from '../card/text.js';
import { parseTpsUrl } from './url.js';

/** What a Phone Home document says (fact sheet on Phone Home, "The document"). */
export interface ServiceInfo {
  /** Empty where the document names none. */
  readonly issuerName: string;
  /** The children of Services that have text, by name: those of the sheet, and any other. */
  readonly services: ReadonlyMap<string, string>;
}

/** Bytes: the longest document that is read. */
export const longestServiceInfo = 0x10000;

/** As fast-xml-parser gives them with `preserveOrder`: one key beside that of the attributes. */
type XmlNode = Readonly<Record<string, unknown>>;

const textKey = '#text';
const cdataKey = '#cdata';
const attributesKey = ':@';

const parser = new XMLParser({
  preserveOrder: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: cdataKey,
});

/**
 * Reads a Phone Home document: any type and encoding that it says, with or without an XML declaration and a byte
 * order mark. Entities and document type definitions are refused, except for XML's five and character references.
 * What follows `##` in an element of Services is a comment, as in the guide's example 3.1.
 * @throws Failure `document-too-big`; `not-xml`; `not-service-info`, also for an Operation that is no http(s) URL
 */
export function parseServiceInfo(bytes: Uint8Array): ServiceInfo {
  if (bytes.length > longestServiceInfo)
    throw new Failure('document-too-big', `it has more than ${longestServiceInfo / 1024} KiB`);
  const [root, second] = elementsOf(parseXml(decode(bytes)));
  if (second !== undefined) throw notXml('malformed-xml', 'it has more than one outermost element');
  if (root?.name !== 'ServiceInfo') {
    if (root === undefined) throw notXml('malformed-xml', 'it has no element');
    const named = showable(root.name).slice(0, 80);
    const detail = `its outermost element is “${named}”, not ServiceInfo`;
    throw new Failure('not-service-info', detail, { reason: 'other-document', named });
  }
  const parts = elementsOf(root.children);
  const issuer = parts.find(({ name }) => name === 'IssuerName');
  const services = new Map<string, string>();
  for (const { name, children } of parts.filter(part => part.name === 'Services').flatMap(childElements)) {
    const value = showable(textOf(children).replace(/(^|\s)##[^]*$/, ''));
    if (value !== '' && !services.has(name)) services.set(name, value);
  }
  checkOperation(services.get('Operation'));
  return { issuerName: issuer === undefined ? '' : showable(textOf(issuer.children)), services };
}

/**
 * Where the document for a card is asked for: the number goes with it, as servers have always been told.
 * @param cuid 20 hexadecimal digits
 */
export function serviceInfoUrl(url: string, cuid: string): string {
  const [address = ''] = url.split('#');
  return `${address}${address.includes('?') ? '&' : '?'}cuid=${cuid.toLowerCase()}`;
}

function checkOperation(url: string | undefined): void {
  if (url === undefined) return;
  try {
    parseTpsUrl(url);
  } catch (error) {
    const why = asFailure(error).detail;
    const named = url.slice(0, 200);
    const detail = `its Operation “${named}” is no address: ${why}`;
    throw new Failure('not-service-info', detail, { reason: 'bad-operation-url', named });
  }
}

function notXml(reason: FailureReason, detail: string, named?: string): Failure {
  return new Failure('not-xml', detail, { reason, ...(named === undefined ? {} : { named }) });
}

function decode(bytes: Uint8Array): string {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(
    start,
  )?.[1];
  const marked = start.startsWith('\u00ff\u00fe')
    ? 'utf-16le'
    : start.startsWith('\u00fe\u00ff')
      ? 'utf-16be'
      : undefined;
  try {
    return new TextDecoder(marked ?? declared ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    const named = marked ?? declared ?? 'UTF-8';
    throw notXml('unknown-encoding', `it is not text in ${named}`, named);
  }
}

function parseXml(text: string): readonly XmlNode[] {
  if (/^\s*<(!doctype\s+html|html)/i.test(text)) throw notXml('web-page', 'it is a web page');
  if (/<!(?!--|\[CDATA\[)/.test(text))
    throw notXml('has-dtd', 'it has a document type definition, which is not read');
  try {
    return parser.parse(text, true) as readonly XmlNode[];
  } catch (error) {
    const why = showable(asFailure(error).detail.replace(':undefined', '')).slice(0, 200);
    throw notXml('malformed-xml', `it is not well-formed XML: ${why}`);
  }
}

interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlNode[];
}

function elementsOf(nodes: readonly XmlNode[]): XmlElement[] {
  return nodes.flatMap(node =>
    Object.entries(node)
      .filter(([name]) => name !== attributesKey && !/^[#?]/.test(name))
      .map(([name, children]) => ({ name, children: children as readonly XmlNode[] })),
  );
}

function childElements({ children }: XmlElement): XmlElement[] {
  return elementsOf(children);
}

/** The text of an element itself, without that of elements in it. */
function textOf(nodes: readonly XmlNode[]): string {
  return nodes
    .map(({ [textKey]: text, [cdataKey]: literal }) => {
      if (Array.isArray(literal)) return textIn((literal as XmlNode[])[0]?.[textKey]);
      return resolveReferences(textIn(text));
    })
    .join('');
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** XML 1.0 §4.6. */
const predefined: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function resolveReferences(text: string): string {
  return text.replace(/&([^;&\s]*);?/g, (reference, name: string) => {
    const character = reference.endsWith(';') ? (predefined.get(name) ?? characterOf(name)) : undefined;
    if (character !== undefined) return character;
    const named = showable(reference).slice(0, 40);
    throw notXml('has-entity', `it has the entity “${named}”, which is not read`, named);
  });
}

/** XML 1.0 §4.1: `#` and decimal digits, or `#x` and hexadecimal ones. */
function characterOf(name: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
  const code =
    hexadecimal !== undefined ? Number.parseInt(hexadecimal, 16) : Number.parseInt(decimal ?? '', 10);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
    ? String.fromCodePoint(code)
    : undefined;
}
