import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { host, httpPort } from './names.js';

/**
 * Stands between the program and the TPS, without TLS, and shows what goes by. It may change what the program sends,
 * byte for byte, so that the TPS takes it for another client.
 */
export class Relay {
  /** What was sent, as text. */
  public fromServer = '';
  public fromClient = '';

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  /** @param change gives text of the same length */
  public static start(change: (text: string) => string = text => text): Promise<Relay> {
    const server = createServer(client => {
      const tps = connect(httpPort, '127.0.0.1');
      for (const socket of [client, tps]) socket.setEncoding('latin1').on('error', () => undefined);
      client.on('data', (text: string) => {
        const sent = change(text);
        if (sent.length !== text.length) throw new Error('the length of a message has to stay');
        relay.fromClient += sent;
        tps.write(sent, 'latin1');
      });
      tps.on('data', (text: string) => {
        relay.fromServer += text;
        client.write(text, 'latin1');
      });
      client.on('close', () => tps.destroy());
      tps.on('close', () => client.destroy());
    });
    let relay: Relay;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        relay = new Relay(server, (server.address() as AddressInfo).port);
        resolve(relay);
      });
    });
  }

  /** In place of the TPS's. */
  public get url(): string {
    return `http://${host}:${this.port}/tps/tps`;
  }

  public close(): void {
    this.server.close();
  }
}
