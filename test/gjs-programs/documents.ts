/**
 * documents.js JSON: fetches and reads Phone Home documents by the program's own way, one after the other.
 * Gets an array of requests, writes an array of what became of them.
 */
import GLib from 'gi://GLib';
import { programArgs } from 'system';
import { Cancellation } from '../../src/base/cancellation.js';
import { asFailure } from '../../src/base/failure.js';
import { fetchDocument } from '../../src/io/document.js';
import { readTrustAnchors } from '../../src/io/tls.js';
import { writeTo } from '../../src/io/terminal.js';
import { longestServiceInfo, parseServiceInfo } from '../../src/protocol/service-info.js';
import type { DocumentRequest, DocumentResult } from '../support/phone-home/documents.js';

const [requests = '[]'] = programArgs;

async function resultOf({
  url,
  timeout,
  trustAnchors,
  cancelAfter,
}: DocumentRequest): Promise<DocumentResult> {
  const cancellation = new Cancellation();
  if (cancelAfter !== undefined)
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, cancelAfter, () => {
      cancellation.cancel();
      return GLib.SOURCE_REMOVE;
    });
  const begin = GLib.get_monotonic_time();
  const milliseconds = (): number => (GLib.get_monotonic_time() - begin) / 1000;
  try {
    const options = {
      limit: longestServiceInfo,
      userAgent: 'ESC test',
      ...(timeout === undefined ? {} : { timeout }),
      ...(trustAnchors === undefined
        ? {}
        : { trust: { issuers: readTrustAnchors(trustAnchors), servers: [] } }),
    };
    const info = parseServiceInfo(await fetchDocument(url, options, cancellation));
    const services = Object.fromEntries(info.services);
    return { issuerName: info.issuerName, services, milliseconds: milliseconds() };
  } catch (error) {
    const { code, detail, facts } = asFailure(error);
    return { failure: { code, detail, facts }, milliseconds: milliseconds() };
  }
}

const loop = new GLib.MainLoop(null, false);
void (async (): Promise<void> => {
  const results: DocumentResult[] = [];
  for (const request of JSON.parse(requests) as DocumentRequest[]) results.push(await resultOf(request));
  writeTo(1, `${JSON.stringify(results)}\n`);
})().finally(() => loop.quit());
loop.run();
