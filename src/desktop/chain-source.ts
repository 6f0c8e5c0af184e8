import type { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import { fetchDocument } from '../io/document.js';
import { readFile } from '../io/terminal.js';
import type { Trust } from '../io/tls.js';
import { formatTpsUrl, parseTpsUrl } from '../protocol/url.js';
import { readChain, type ChainLink } from './ca-chain.js';

/** Bytes; a page of Dogtag with a chain in it has 13 KiB for each certificate. */
const longest = 0x80000;

/** Where Dogtag's CA listens for everybody, unless it was set up otherwise. */
const caPort = 8080;
const caPath = '/ca/ee/ca/getCAChain?op=downloadBIN';

/** Where the chain may be had. */
export interface ChainAddress {
  readonly url: string;
  /** Nobody said so: it is the usual place on the host of the TPS. */
  readonly isGuess: boolean;
}

/**
 * @param caChainUrl what Phone Home says (CAChainUI), which Dogtag leaves out unless it is told otherwise
 * @param tpsUrl of the server for the card
 * @returns undefined where neither is known
 */
export function chainAddress(caChainUrl: string, tpsUrl: string): ChainAddress | undefined {
  if (caChainUrl !== '') return { url: caChainUrl, isGuess: false };
  try {
    const { host } = parseTpsUrl(tpsUrl).server;
    const server = { scheme: 'http', host, port: caPort } as const;
    return { url: formatTpsUrl({ server, path: caPath }), isGuess: true };
  } catch {
    return undefined;
  }
}

/**
 * Fetches a chain from an address, or reads it from a file.
 * @param trust of servers, beside the system's
 * @throws Failure as `fetchDocument`, `readFile` and `readChain`
 */
export async function loadChain(
  place: string,
  trust: Trust,
  cancellation: Cancellation,
): Promise<ChainLink[]> {
  const isAddress = /^https?:/i.test(place);
  const bytes = isAddress
    ? await fetchDocument(place, { limit: longest, userAgent: 'ESC', trust }, cancellation)
    : await readFile(place, longest, cancellation);
  try {
    return readChain(bytes, new Date());
  } catch (error) {
    throw asFailure(error).with(isAddress ? { step: place } : {});
  }
}
