import { connect } from 'node:net';
import type { Socket } from 'node:net';

const atr = Buffer.from('3BFF1400FF8131FE458025A00000005657534336353004023E', 'hex');

/**
 * A card for vpcd: in while it is connected. vpcd's frames are a length of two bytes and that many bytes;
 * one byte alone is a command to the slot, 4 asks for the ATR.
 */
export class VirtualCard {
  /** The command APDUs that came, oldest first. */
  public readonly commands: Buffer[] = [];
  private rest = Buffer.alloc(0);

  /** @param answer gives the answer to a command, or undefined for none. */
  private constructor(
    private readonly socket: Socket,
    private readonly answer: (command: Buffer) => Buffer | undefined | Promise<Uint8Array>,
  ) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', chunk => this.receive(chunk));
  }

  public static async insert(
    port: number,
    answer: (command: Buffer) => Buffer | undefined | Promise<Uint8Array> = () => Buffer.from('9000', 'hex'),
  ): Promise<VirtualCard> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new VirtualCard(socket, answer);
  }

  public remove(): void {
    this.socket.destroy();
  }

  public send(bytes: Buffer): void {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    this.socket.write(Buffer.concat([length, bytes]));
  }

  private receive(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 2 && this.rest.length >= 2 + this.rest.readUInt16BE()) {
      const length = this.rest.readUInt16BE();
      const frame = this.rest.subarray(2, 2 + length);
      this.rest = this.rest.subarray(2 + length);
      this.take(frame);
    }
  }

  private take(frame: Buffer): void {
    if (frame.length === 1) {
      if (frame[0] === 4) this.send(atr);
      return;
    }
    this.commands.push(Buffer.from(frame));
    const answer = this.answer(frame);
    if (answer instanceof Promise) void answer.then(bytes => this.send(Buffer.from(bytes)));
    else if (answer !== undefined) this.send(answer);
  }
}
