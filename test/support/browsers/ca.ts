import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

const bodies = resolve(import.meta.dirname, '../../transcripts/chain');

/** Of the certificate in those bodies. */
export const caSha256 = 'FA1384BCD8FA371F30D7D37C7B1DE9A9B82999D0D0ECC2172AE88752C06467BB';
export const caNickname = 'CA Signing Certificate - EXAMPLE';

/** A CA's web server that answers as Dogtag's did. */
export class Ca {
  private constructor(private readonly server: Server) {}

  /** @param host of this machine's loopback @param port 0 takes one that is free */
  public static start(host = '127.0.0.1', port = 0): Promise<Ca> {
    const server = createServer((request, response) => {
      const form = /^\/ca\/ee\/ca\/getCAChain\?op=(\w+)$/.exec(request.url ?? '')?.[1];
      if (form === undefined) response.writeHead(404).end('<html>Not Found</html>');
      else response.end(readFileSync(join(bodies, `ee_ca_getCAChain_op_${form}.body`)));
    });
    return new Promise(done => server.listen(port, host, () => done(new Ca(server))));
  }

  public url(form: string): string {
    const { address, port } = this.server.address() as AddressInfo;
    return `http://${address}:${port}/ca/ee/ca/getCAChain?op=${form}`;
  }

  public close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
