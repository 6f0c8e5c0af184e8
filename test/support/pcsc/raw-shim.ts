import { FrameSplitter, decodeFrame } from '../../../src/pcsc/frames.js';
import type { Answer, Frame } from '../../../src/pcsc/frames.js';
import { startShim } from './node-shim.js';
import type { NodeShim } from './node-shim.js';
import { eventually } from './waiting.js';

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function frame(operation: number, tag: number, ...body: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat([Buffer.of(operation), u32(tag), ...body]);
  return Buffer.concat([u32(payload.length), payload]);
}

/** A shim that is spoken to byte by byte. */
export class RawShim {
  public readonly frames: Frame[] = [];
  public readonly process: NodeShim;
  private nextPing = 0x7000_0000;

  public constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    const splitter = new FrameSplitter();
    this.process = startShim(command, env);
    this.process.listen(bytes => this.frames.push(...splitter.push(bytes).map(decodeFrame)));
  }

  public send(...bytes: readonly Uint8Array[]): void {
    this.process.write(Buffer.concat(bytes));
  }

  public answer(tag: number): Answer | undefined {
    return this.frames.find((one): one is Answer => one.kind === 'answer' && one.tag === tag);
  }

  /** The name of the result. */
  public async result(tag: number): Promise<string> {
    await eventually(() => this.answer(tag) !== undefined);
    return this.answer(tag)?.result.name ?? '';
  }

  /** Waits until the shim has read all that was sent, and shows that it lives. */
  public async ping(): Promise<void> {
    const tag = (this.nextPing += 1);
    this.send(frame(1, tag));
    await this.result(tag);
  }
}
