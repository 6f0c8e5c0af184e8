import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import { UntrustedServer } from '../base/untrusted-server.js';
import { GioConnector } from '../io/network.js';
import { parseTpsUrl } from '../protocol/url.js';
import type { Settings } from './settings.js';

/**
 * Connects to a server and lets it go, to see its certificate.
 * @returns undefined for one that is trusted already
 * @throws Failure `bad-url` for one that is not https, too; as Connector for one that cannot be reached, or whose
 *   certificate has another fault than that its issuer is unknown
 */
export async function meetServer(
  { connectTimeout, trusted }: Settings,
  url: string,
  cancellation: Cancellation,
): Promise<UntrustedServer | undefined> {
  const { server } = parseTpsUrl(url);
  if (server.scheme === 'http')
    throw new Failure('bad-url', 'a server has a certificate for https only', { reason: 'url-not-https' });
  const connector = new GioConnector({ connectTimeout, trust: () => trusted.current() });
  try {
    const stream = await connector.connect(server, cancellation);
    stream.close();
    return undefined;
  } catch (error) {
    if (error instanceof UntrustedServer) return error;
    throw error;
  }
}
