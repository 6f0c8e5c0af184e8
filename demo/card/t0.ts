import { concatBytes } from '../../src/base/bytes.js';

const getResponse = 0xc0;

/**
 * The manner of ISO 7816-3's T=0: data after a command with data waits for GET RESPONSE (61xx), and a wrong
 * expected length is answered by the right one (6Cxx).
 */
export class T0Manner {
  private waiting = new Uint8Array(0);

  /** @param run answers a command APDU without regard to T=0. */
  public constructor(private readonly run: (apdu: Uint8Array) => Promise<Uint8Array>) {}

  public losePower(): void {
    this.waiting = new Uint8Array(0);
  }

  public async process(apdu: Uint8Array): Promise<Uint8Array> {
    const expected = apdu[4] ?? 0;
    if (apdu[1] === getResponse) return this.deliver(expected);
    this.losePower();
    const answer = await this.run(apdu);
    const data = answer.slice(0, -2);
    if (data.length === 0) return answer;
    if (apdu.length > 5) {
      this.waiting = data;
      return Uint8Array.of(0x61, data.length & 0xff);
    }
    return expected === (data.length & 0xff) ? answer : Uint8Array.of(0x6c, data.length & 0xff);
  }

  private deliver(expected: number): Uint8Array {
    if (this.waiting.length === 0) return Uint8Array.of(0x69, 0x85);
    const wanted = expected === 0 ? 256 : expected;
    if (wanted > this.waiting.length) return Uint8Array.of(0x6c, this.waiting.length & 0xff);
    const data = this.waiting.slice(0, wanted);
    this.waiting = this.waiting.slice(wanted);
    const left = this.waiting.length & 0xff;
    return concatBytes(data, left === 0 ? Uint8Array.of(0x90, 0x00) : Uint8Array.of(0x61, left));
  }
}
