import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ChunkedResponseReader } from '../../../src/protocol/http.js';
import type { TpsMessage } from '../../../src/protocol/message.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';
import { httpPort } from './names.js';

/**
 * What becomes of a message of the TPS: the client gets it; it and all that follows is kept from the client; both
 * sides are hung up on; or these bytes are answered in the client's place.
 */
export type Way = 'pass' | 'keep' | 'hang-up' | Uint8Array;

/** A conversation up to its END_OP. Milliseconds. */
export interface Course {
  readonly total: number;
  /** From each message of the TPS to the client's next word. */
  readonly client: number;
  /** Commands for the card. */
  readonly commands: number;
}

/**
 * A way to the TPS on which each of its messages is looked at before the client gets it.
 * What the client sends goes through as it is.
 */
export class Passage {
  /** Asked for each message, of all conversations. */
  public gate: ((message: TpsMessage) => Way) | undefined;
  /** Of those that came to their END_OP, the first one first. */
  public readonly courses: Course[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', socket => this.pass(socket));
  }

  public static async open(): Promise<Passage> {
    const server = createServer({ noDelay: true });
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    return new Passage(server);
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The address of the TPS by this way. */
  public get url(): string {
    return `http://127.0.0.1:${this.port}/tps/tps`;
  }

  public close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private pass(client: Socket): void {
    const tps = connect({ port: httpPort, host: '127.0.0.1', noDelay: true });
    this.tie(client, tps);
    this.tie(tps, client);
    const response = new ChunkedResponseReader();
    const messages = new MessageReader();
    const began = performance.now();
    let [spent, commands, kept] = [0, 0, false];
    let waitsSince: number | undefined;
    client.on('data', (bytes: Buffer) => {
      if (waitsSince !== undefined) spent += performance.now() - waitsSince;
      waitsSince = undefined;
      tps.write(bytes);
    });
    tps.on('data', (bytes: Buffer) => {
      messages.push(response.push(bytes));
      let answered = false;
      for (let next = messages.next(); next !== undefined && !kept; next = messages.next()) {
        if (next.type === 'pdu-request') commands += 1;
        if (next.type === 'end-op')
          this.courses.push({ total: performance.now() - began, client: spent, commands });
        const way = this.gate?.(next) ?? 'pass';
        kept = way === 'keep' || way === 'hang-up';
        answered = way instanceof Uint8Array;
        if (way instanceof Uint8Array) tps.write(way);
        if (way === 'hang-up') for (const socket of [client, tps]) socket.destroy();
      }
      if (kept || answered) return;
      waitsSince = performance.now();
      client.write(bytes);
    });
  }

  private tie(here: Socket, there: Socket): void {
    this.sockets.add(here);
    here.on('error', () => undefined);
    here.on('close', () => {
      this.sockets.delete(here);
      there.end();
    });
  }
}
