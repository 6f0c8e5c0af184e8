import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import type { ByteStream, Connector, ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import { withDeadline } from './deadline.js';
import { gioCall } from './network-call.js';
import { networkFailure } from './network-failure.js';
import { noTrust, startTls, type Trust } from './tls.js';

export interface ConnectorOptions {
  /** Milliseconds for finding the host, connecting and the TLS handshake together; looked at for each connection. */
  readonly connectTimeout?: number;
  /** Whom to trust beside the system's certification authorities, asked for each connection. */
  readonly trust?: () => Trust;
  /** Instead of the desktop's. */
  readonly proxyResolver?: Gio.ProxyResolver;
}

const defaultConnectTimeout = 30_000;
/** In which a closed connection has to say its last word. */
const closeTimeoutSeconds = 2;
/** Bytes a read: buffers stay small. */
const maxRead = 0x2000;
const ipprotoTcp = 6;
const tcpNodelay = 1;

/**
 * Connections by Gio, plain and TLS, over the proxy that the desktop's settings name for the address.
 * An HTTP proxy is asked for a tunnel (CONNECT) for plain connections too: a TPS conversation goes both ways
 * at once, which a proxy that forwards requests need not pass on.
 */
export class GioConnector implements Connector {
  public constructor(private readonly options: ConnectorOptions = {}) {}

  public connect(server: ServerAddress, cancellation: Cancellation): Promise<ByteStream> {
    const { connectTimeout = defaultConnectTimeout } = this.options;
    return withDeadline(
      connectTimeout,
      cancellation,
      cancellable => this.open(server, cancellable),
      (error, tooLate) => (tooLate ? timeOut(server, connectTimeout) : networkFailure(error, server)),
    );
  }

  private async open(server: ServerAddress, cancellable: Gio.Cancellable): Promise<ByteStream> {
    const { trust = () => noTrust, proxyResolver } = this.options;
    const client = new Gio.SocketClient();
    if (proxyResolver !== undefined) client.proxy_resolver = proxyResolver;
    const address = new Gio.NetworkAddress({
      hostname: server.host,
      port: server.port,
      scheme: server.scheme,
    });
    const connection = await gioCall(
      done => client.connect_async(address, cancellable, done),
      result => client.connect_finish(result),
    );
    const socket = connection.get_socket();
    // Each message waits for the other side's answer: nothing is gained by collecting small writes.
    socket.set_option(ipprotoTcp, tcpNodelay, 1);
    if (server.scheme === 'http') return new GioByteStream(connection, socket, server);
    try {
      return new GioByteStream(await startTls(connection, server, trust(), cancellable), socket, server);
    } catch (error) {
      socket.close();
      throw error;
    }
  }
}

function timeOut(server: ServerAddress, milliseconds: number): Failure {
  return new Failure('network-error', `no connection within ${milliseconds / 1000} s`, {
    server: serverName(server),
    result: 'TIMED_OUT',
  });
}

class GioByteStream implements ByteStream {
  private readonly cancellable = new Gio.Cancellable();
  private readonly input: Gio.InputStream;
  /** Of sockets and of TLS, both can be asked not to wait. */
  private readonly output: Gio.OutputStream & Gio.PollableOutputStream;
  private reading: Promise<unknown> | undefined;
  private writing: Promise<unknown> | undefined;
  private closed = false;
  private ended = false;

  public constructor(
    private readonly stream: Gio.IOStream,
    private readonly socket: Gio.Socket,
    private readonly server: ServerAddress,
  ) {
    this.input = stream.get_input_stream();
    this.output = stream.get_output_stream() as GioByteStream['output'];
  }

  public read(limit: number): Promise<Uint8Array> {
    if (this.closed || this.ended) return Promise.resolve(new Uint8Array());
    const reading = gioCall(
      done =>
        this.input.read_bytes_async(Math.min(limit, maxRead), GLib.PRIORITY_DEFAULT, this.cancellable, done),
      result => this.finishReading(result),
    );
    this.reading = reading;
    return reading;
  }

  public write(bytes: Uint8Array): Promise<void> {
    const writing = this.writeAll(bytes);
    this.writing = writing;
    return writing;
  }

  public close(): void {
    if (this.closed) return;
    this.closed = true;
    this.cancellable.cancel();
    void this.finish();
  }

  private finishReading(result: Gio.AsyncResult): Uint8Array {
    try {
      const bytes = this.input.read_bytes_finish(result).toArray();
      // TLS that ended without notice fails when it is read once more.
      this.ended = bytes.length === 0;
      return bytes;
    } catch (error) {
      if (this.closed) return new Uint8Array();
      throw networkFailure(error, this.server);
    }
  }

  private async writeAll(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      if (this.isClosed()) throw this.closedHere();
      const rest = bytes.subarray(offset);
      try {
        offset += this.writeAtOnce(rest) ?? (await this.writeWhenReady(new GLib.Bytes(rest)));
      } catch (error) {
        throw this.isClosed() ? this.closedHere() : networkFailure(error, this.server);
      }
    }
  }

  /** Most messages fit into the socket's buffer. @returns undefined when it is full */
  private writeAtOnce(bytes: Uint8Array): number | undefined {
    try {
      // GJS 1.74 does not find it in the stream itself, whose type is private.
      return Gio.PollableOutputStream.prototype.write_nonblocking.call(this.output, bytes, this.cancellable);
    } catch (error) {
      if (error instanceof GLib.Error && error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK))
        return undefined;
      throw error;
    }
  }

  private writeWhenReady(bytes: GLib.Bytes): Promise<number> {
    return gioCall(
      done => this.output.write_bytes_async(bytes, GLib.PRIORITY_DEFAULT, this.cancellable, done),
      result => this.output.write_bytes_finish(result),
    );
  }

  /** What it was before an await, it need not be after. */
  private isClosed(): boolean {
    return this.closed;
  }

  private closedHere(): Failure {
    return new Failure('network-error', 'the connection was closed on this side', {
      server: serverName(this.server),
    });
  }

  /** TLS says goodbye, as far as the other side still listens. Operations that were cancelled have to end first. */
  private async finish(): Promise<void> {
    await Promise.allSettled([this.reading, this.writing]);
    this.socket.timeout = closeTimeoutSeconds;
    try {
      await gioCall(
        done => this.stream.close_async(GLib.PRIORITY_DEFAULT, null, done),
        result => this.stream.close_finish(result),
      );
    } catch {
      this.socket.close();
    }
  }
}
