import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** PEM: the certificate may be followed by those of its issuers. */
interface TlsOptions {
  readonly cert: string;
  readonly key: string;
}

/**
 * Serves one Phone Home document, and tells who asked for it. Beside it: /missing, /page of the web, /red, which is the
 * document of another issuer, and /silent, which never answers.
 */
export class DocumentServer {
  /** @param asked paths and queries that were asked for; @param left those whose asker left before the answer */
  private constructor(
    private readonly server: Server,
    public readonly asked: readonly string[],
    public readonly left: readonly string[],
    private readonly scheme: 'http' | 'https',
  ) {}

  public static async start(
    services: Readonly<Record<string, string>>,
    tls?: TlsOptions,
    issuer = 'Blue Corp',
  ): Promise<DocumentServer> {
    const elements = Object.entries(services).map(([name, value]) => `<${name}>${value}</${name}>`);
    const document = `<ServiceInfo><IssuerName>${issuer}</IssuerName><Services>${elements.join('')}</Services></ServiceInfo>`;
    const asked: string[] = [];
    const left: string[] = [];
    const answer: RequestListener = (request, response) => {
      const { url = '' } = request;
      asked.push(url);
      response.on('close', () => {
        if (!response.writableEnded) left.push(url);
      });
      if (url.startsWith('/missing')) response.writeHead(404).end('<html>no</html>');
      else if (url.startsWith('/page')) response.end('<!doctype html><html></html>');
      else if (url.startsWith('/red')) response.end(document.replace('Blue', 'Red'));
      else if (!url.startsWith('/silent')) response.end(document);
    };
    const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    return new DocumentServer(server, asked, left, tls === undefined ? 'http' : 'https');
  }

  /** Of the server, without a path. */
  public get origin(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public get url(): string {
    return `${this.origin}/tps/phoneHome`;
  }

  public async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(done => this.server.close(done));
  }
}
