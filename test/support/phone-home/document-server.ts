import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Serves one Phone Home document, and tells who asked for it. Beside it: /missing, /page of the web, and /silent, which
 * never answers.
 */
export class DocumentServer {
  /** @param asked paths and queries that were asked for */
  private constructor(
    private readonly server: Server,
    public readonly asked: readonly string[],
  ) {}

  public static async start(services: Readonly<Record<string, string>>): Promise<DocumentServer> {
    const elements = Object.entries(services).map(([name, value]) => `<${name}>${value}</${name}>`);
    const document = `<ServiceInfo><IssuerName>Blue Corp</IssuerName><Services>${elements.join('')}</Services></ServiceInfo>`;
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/missing') === true) response.writeHead(404).end('<html>no</html>');
      else if (request.url?.startsWith('/page') === true) response.end('<!doctype html><html></html>');
      else if (request.url?.startsWith('/silent') !== true) response.end(document);
    });
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    return new DocumentServer(server, asked);
  }

  /** Of the server, without a path. */
  public get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public get url(): string {
    return `${this.origin}/tps/phoneHome`;
  }

  public async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(done => this.server.close(done));
  }
}
