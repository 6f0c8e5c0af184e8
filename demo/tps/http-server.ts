/** HTTP and HTTPS on loopback, with the manners of Dogtag's server where clients depend on them. */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { asFailure, Failure } from '../../src/base/failure.js';
import type { Wire } from './session.js';

export interface Page {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Handlers {
  /** What GET, or any other method, gives; undefined for 404. */
  page(path: string, query: URLSearchParams): Page | undefined;
  /** One operation, from BEGIN_OP to END_OP. When it throws, the connection is dropped. */
  converse(wire: Wire): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes one that is free. */
  readonly port: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Milliseconds without a byte from or to the client, after which the connection is closed. */
  readonly silenceTimeout: number;
  readonly log: (line: string) => void;
}

export interface Listener {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

const operationPath = '/tps/tps';

/** Listens on 127.0.0.1, and on ::1 where there is one and its port is free. */
export async function listen(handlers: Handlers, options: ListenOptions): Promise<Listener> {
  const servers = [await open('127.0.0.1', options.port)];
  const port = portOf(servers[0]);
  try {
    servers.push(await open('::1', port));
  } catch (error) {
    options.log(`not on ::1: ${asFailure(error).detail}`);
  }
  return {
    port,
    close: async () => {
      await Promise.all(servers.map(closeServer));
    },
  };

  async function open(host: string, wanted: number): Promise<Server> {
    const server = makeServer(handlers, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, host, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', error => options.log(`server: ${error.message}`));
    return server;
  }
}

function portOf(server: Server | undefined): number {
  return (server?.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function makeServer(handlers: Handlers, { tls, silenceTimeout, log }: ListenOptions): Server {
  const server =
    tls === undefined
      ? createHttpServer()
      : createHttpsServer({ ...tls, minVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false });
  server.requestTimeout = 0;
  server.keepAliveTimeout = silenceTimeout;
  server.setTimeout(silenceTimeout, socket => {
    log('the client has been silent for too long');
    socket.destroy();
  });
  server.on('request', (request, response) => {
    answer(handlers, request, response).catch((error: unknown) => {
      log(`dropped: ${asFailure(error).detail}`);
      request.socket.destroy();
    });
  });
  server.on('clientError', (error, socket) => {
    log(`not HTTP: ${error.message}`);
    socket.destroy();
  });
  return server;
}

async function answer(handlers: Handlers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === operationPath) {
    await answerOperation(handlers, request, response);
    return;
  }
  const page = handlers.page(pathname, searchParams) ?? notFound;
  const body = Buffer.from(page.body);
  writeHead(response, page === notFound ? 404 : 200, [
    ...Object.entries(page.headers ?? {}).flat(),
    ...['Content-Type', page.contentType],
    ...['Content-Length', String(body.length)],
  ]);
  response.end(body);
}

async function answerOperation(
  handlers: Handlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    writeHead(response, 405, ['Content-Length', '0']);
    response.end();
    return;
  }
  if (request.httpVersion !== '1.1' || request.headers['transfer-encoding'] !== 'chunked') {
    writeHead(response, 400, ['Content-Length', '0', 'Connection', 'close']);
    response.end();
    return;
  }
  // Dogtag's head has this line twice.
  const chunked = ['Transfer-Encoding', 'chunked'];
  writeHead(response, 200, [...chunked, ...chunked]);
  response.flushHeaders();
  await handlers.converse(new RequestWire(request, response));
  response.end();
}

/** With an empty reason and without the lines that Node would add of its own. */
function writeHead(response: ServerResponse, status: number, headers: string[]): void {
  response.removeHeader('Connection');
  response.writeHead(status, '', headers);
}

const notFound: Page = {
  contentType: 'text/html;charset=utf-8',
  body: '<!doctype html><html lang="en"><head><title>HTTP Status 404</title></head><body><h1>Not found</h1></body></html>',
};

class RequestWire implements Wire {
  private readonly incoming: AsyncIterator<Uint8Array, undefined>;

  public constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.incoming = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>;
  }

  public async read(): Promise<Uint8Array | undefined> {
    try {
      return (await this.incoming.next()).value;
    } catch (error) {
      throw new Failure('network-error', asFailure(error).detail, {}, { cause: error });
    }
  }

  public async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.response.write(bytes, error => {
        if (error) reject(new Failure('network-error', error.message));
        else resolve();
      });
    });
  }

  public async fallSilent(): Promise<never> {
    const { socket } = this.request;
    socket.setTimeout(0);
    if (!socket.destroyed) await new Promise(resolve => socket.once('close', resolve));
    throw new Failure('network-error', 'the client gave up waiting');
  }
}
