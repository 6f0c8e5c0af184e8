import { concatBytes, fromHex, toHex, u16, u32 } from '../../../src/base/bytes.js';
import type { CardChannel } from '../../../src/card/channel.js';

/** The applet of a fake card: answers without their status words. What is undefined is refused with 6D00. */
export interface FakeApplet {
  readonly lifeCycle?: string;
  readonly buildId?: string;
  readonly status?: string;
  readonly issuer?: string;
  readonly pinMask?: string;
  /** 11 bytes each. */
  readonly keys?: readonly string[];
  /** By the id in hexadecimal. */
  readonly objects?: ReadonlyMap<string, Uint8Array>;
}

export interface FakeCardOptions {
  /** Whole answer to GET CPLC. */
  readonly cplc?: string;
  /** The card manager's AID. */
  readonly manager?: string;
  readonly applet?: FakeApplet;
  /** Answers of other applications: AID (as the program selects it) → command without Le → answer. */
  readonly others?: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const cplcAnswer =
  '9F7F2A40906145010001000100010024192D01C7620000000000000000000000000000000000000000000000009000';
export const freshStatus = '01010104000013880000138600000000';
export const enrolledStatus = '0101010400001388000008770104' + '0000';

/** Simple enough to be seen right: no secure channel, no writing, a 4-line applet. */
export class FakeCard implements CardChannel {
  public readonly sent: string[] = [];
  private selected = '';
  private listed = 0;

  public constructor(private readonly options: FakeCardOptions) {}

  public transmit(command: Uint8Array): Promise<Uint8Array> {
    this.sent.push(toHex(command));
    return Promise.resolve(fromHex(this.answer(command)));
  }

  private answer(command: Uint8Array): string {
    const [cla, ins, p1 = 0, , lc = 0] = command;
    if (cla === 0x00 && ins === 0xa4) return this.select(toHex(command.subarray(5, 5 + lc)));
    if (this.selected === 'applet') return cla === 0xb0 ? this.applet(ins ?? 0, p1, command) : '6E00';
    if (this.selected === 'manager') {
      return toHex(command.subarray(0, 4)) === '80CA9F7F' ? (this.options.cplc ?? '6A88') : '6D00';
    }
    const other = this.options.others?.get(this.selected);
    return other?.get(toHex(command)) ?? other?.get(toHex(command.subarray(0, -1))) ?? '6D00';
  }

  private select(aid: string): string {
    const { applet, manager = 'A0000000030000', others } = this.options;
    if (aid === '627601FF000000' && applet !== undefined) return this.take('applet', '9000');
    if (aid === manager) return this.take('manager', '6F108408A0000001510000009F6501FF9000');
    const other = others?.get(aid);
    return other === undefined ? '6A82' : this.take(aid, other.get('SELECT') ?? '9000');
  }

  private take(selected: string, answer: string): string {
    this.selected = selected;
    return answer;
  }

  private applet(ins: number, p1: number, command: Uint8Array): string {
    const { applet = {} } = this.options;
    const data = (answer: string | undefined): string => (answer === undefined ? '6D00' : `${answer}9000`);
    switch (ins) {
      case 0xf2:
        return data(applet.lifeCycle);
      case 0x70:
        return data(applet.buildId);
      case 0x3c:
        return data(applet.status);
      case 0xf6:
        return data(applet.issuer);
      case 0x48:
        return data(applet.pinMask);
      case 0x3a:
        return data(applet.keys === undefined ? undefined : (applet.keys[this.next(p1)] ?? ''));
      case 0x58: {
        const entry = [...(applet.objects ?? [])][this.next(p1)];
        return entry === undefined ? '9C12' : `${entry[0]}${toHex(u32(entry[1].length))}FFFF400040009000`;
      }
      case 0x56:
        return this.read(applet, command);
      default:
        return '6D00';
    }
  }

  private read(applet: FakeApplet, command: Uint8Array): string {
    const object = applet.objects?.get(toHex(command.subarray(5, 9)));
    if (object === undefined) return '9C07';
    const offset = Number.parseInt(toHex(command.subarray(9, 13)), 16);
    const length = command[13] ?? 0;
    return offset + length > object.length
      ? '9C0F'
      : `${toHex(object.subarray(offset, offset + length))}9000`;
  }

  private next(p1: number): number {
    this.listed = p1 === 0 ? 0 : this.listed + 1;
    return this.listed;
  }
}

/** Issuer info as the applet gives it: 224 bytes, padded with NULs. */
export function issuerInfo(text: string): string {
  const bytes = new Uint8Array(224);
  bytes.set(new TextEncoder().encode(text));
  return toHex(bytes);
}

/** What a PIV card answers to GET DATA. @param information 1 for a certificate in gzip */
export function pivObject(certificate: Uint8Array, information = 0): string {
  const tlv = (tag: number, value: Uint8Array): Uint8Array =>
    concatBytes(Uint8Array.of(tag, 0x82), u16(value.length), value);
  const body = concatBytes(tlv(0x70, certificate), Uint8Array.of(0x71, 1, information, 0xfe, 0));
  return `${toHex(tlv(0x53, body))}9000`;
}
