import { concatBytes, equalBytes, fromHex, toHex, u32 } from '../../src/base/bytes.js';
import { byteAt, insist, noData, refuse, status, u16At, type CardCommand } from './apdu.js';
import type { InstallParameters } from './applet.js';
import type { CardContent } from './card-content.js';
import type { SecureChannel } from './channel.js';
import { cardData, checkValueOf, keyInformation, readPutKey } from './key-data.js';

export const packageAid = fromHex('627601FF0000');
export const appletAid = fromHex('627601FF000000');

const managerAids = ['', 'A0000000030000', 'A000000003000000', 'A0000001510000', 'A000000151000000'];
/** What commands that change the card's content answer: no receipt. */
const noReceipt = Uint8Array.of(0);
const defaultMemorySize = 5000;

export function isManagerAid(aid: Uint8Array): boolean {
  return managerAids.includes(toHex(aid));
}

/** The production life cycle data: 9F7F2A and 42 bytes, of which the serial number tells cards apart. */
function cplc(serial: number): Uint8Array {
  return concatBytes(
    fromHex('9F7F2A 4090 6145 3431 0073 0201 3122'),
    u32(serial),
    fromHex('C762 4090 3130 4090 3131 4090 3132 4090 00000001 00000000 0000'),
  );
}

/** The fields of INSTALL: each a length byte and that many bytes. @throws StatusError 6A80 */
function countedFields(data: Uint8Array, count: number): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let offset = 0;
  for (let i = 0; i < count; i += 1) {
    const end = offset + 1 + byteAt(data, offset);
    insist(offset < data.length && end <= data.length, status.wrongData);
    fields.push(data.subarray(offset + 1, end));
    offset = end;
  }
  return fields;
}

/** The value of a tag in a list of `tag1 length1 value`. */
function tagValue(list: Uint8Array, wanted: number): Uint8Array | undefined {
  for (let offset = 0; offset + 2 <= list.length; offset += 2 + byteAt(list, offset + 1))
    if (list[offset] === wanted) return list.subarray(offset + 2, offset + 2 + byteAt(list, offset + 1));
  return undefined;
}

/** The applet's own installation data: issuer, memory size of 2 bytes, flags; each after its length byte. */
function installParametersOf(data: Uint8Array): InstallParameters {
  const issuerEnd = 1 + byteAt(data, 0);
  const memoryLength = byteAt(data, issuerEnd);
  const flagsAt = issuerEnd + 1 + memoryLength;
  const memorySize = memoryLength === 2 ? u16At(data, issuerEnd + 1) : 0;
  return {
    issuer: data.subarray(1, Math.min(issuerEnd, 0x80)),
    memorySize: memorySize > 0 && memorySize < 0x8000 ? memorySize : defaultMemorySize,
    aclChangeable: byteAt(data, flagsAt) > 0 && (byteAt(data, flagsAt + 1) & 1) !== 0,
  };
}

/** A load file on its way in: `C4 82 length2` and the file, in blocks. */
interface Loading {
  nextBlock: number;
  received: number;
  expected: number;
}

/** The GlobalPlatform card manager: what the card answers while no applet is selected. */
export class CardManager {
  private loading: Loading | undefined;

  private readonly channel: SecureChannel;

  public constructor(private readonly content: CardContent) {
    this.channel = content.channel;
  }

  public losePower(): void {
    this.loading = undefined;
  }

  /** @throws StatusError for every answer without data that is not 9000 */
  public process(command: CardCommand): Uint8Array {
    const { cla, ins } = command;
    switch (cla) {
      case 0x80:
        if (ins === 0x50) return this.channel.initializeUpdate(command);
        if (ins === 0xca) return this.getData(command);
        return refuse(this.isSecuredOnly(ins) ? status.conditionsNotSatisfied : status.unknownInstruction);
      case 0x84:
        if (ins === 0x82) return this.channel.externalAuthenticate(command);
        return this.processSecured(this.channel.unwrap(command));
      case 0x00:
        return refuse(ins === 0xa4 ? status.wrongP1P2 : status.unknownInstruction);
      default:
        return refuse(status.unknownClass);
    }
  }

  private isSecuredOnly(ins: number): boolean {
    return [0xd8, 0xe4, 0xe6, 0xe8].includes(ins);
  }

  private processSecured(command: CardCommand): Uint8Array {
    switch (command.ins) {
      case 0xd8:
        return this.putKey(command);
      case 0xe4:
        return this.delete(command);
      case 0xe6:
        return this.install(command);
      case 0xe8:
        return this.load(command);
      default:
        return refuse(status.unknownInstruction);
    }
  }

  private getData({ p1, p2, p3 }: CardCommand): Uint8Array {
    const data = this.dataOf(p1 * 0x100 + p2) ?? refuse(status.referencedDataNotFound);
    insist(p3 === 0 || p3 === data.length, 0x6c00 + data.length);
    return data;
  }

  private dataOf(tag: number): Uint8Array | undefined {
    const { serial, keyVersion, protocol } = this.content;
    if (tag === 0x9f7f) return cplc(serial);
    if (tag === 0x0066) return cardData(protocol);
    return tag === 0x00e0 ? keyInformation(protocol, keyVersion) : undefined;
  }

  /** `4F length AID` of the package or of the applet. */
  private delete({ data }: CardCommand): Uint8Array {
    const aid = tagValue(data, 0x4f) ?? refuse(status.wrongData);
    if (equalBytes(aid, appletAid)) {
      insist(this.content.applet !== undefined, status.referencedDataNotFound);
      this.content.deleteApplet();
    } else {
      insist(equalBytes(aid, packageAid) && this.content.packageLoaded, status.referencedDataNotFound);
      insist(this.content.applet === undefined, status.conditionsNotSatisfied);
      this.content.deletePackage();
    }
    return noReceipt;
  }

  /** P1 02: for load. P1 with 04 or 08: for install, make selectable. */
  private install({ p1, data }: CardCommand): Uint8Array {
    if (p1 === 0x02) {
      const [aid] = countedFields(data, 5);
      insist(aid !== undefined && equalBytes(aid, packageAid), status.wrongData);
      insist(!this.content.packageLoaded, status.conditionsNotSatisfied);
      this.loading = { nextBlock: 0, received: 0, expected: 0 };
      return noReceipt;
    }
    insist(p1 === 0x04 || p1 === 0x0c, status.wrongP1P2);
    const [packageName, , instance, , parameters = noData] = countedFields(data, 6);
    insist(packageName !== undefined && instance !== undefined, status.wrongData);
    insist(equalBytes(packageName, packageAid) && this.content.packageLoaded, status.referencedDataNotFound);
    insist(equalBytes(instance, appletAid), status.wrongData);
    insist(this.content.applet === undefined, status.conditionsNotSatisfied);
    this.content.install(installParametersOf(tagValue(parameters, 0xc9) ?? noData));
    return noReceipt;
  }

  /** P1 80 in the last block, where the server says so; P2 counts the blocks. */
  private load({ p1, p2, data }: CardCommand): Uint8Array {
    const { loading } = this;
    insist(loading !== undefined, status.conditionsNotSatisfied);
    insist(p2 === (loading.nextBlock & 0xff), status.wrongP1P2);
    if (loading.nextBlock === 0) {
      insist(byteAt(data, 0) === 0xc4 && byteAt(data, 1) === 0x82, status.wrongData);
      loading.expected = 4 + u16At(data, 2);
    }
    loading.nextBlock += 1;
    loading.received += data.length;
    const complete = loading.received === loading.expected;
    insist(loading.received <= loading.expected && (complete || p1 !== 0x80), status.wrongData);
    if (complete) {
      this.loading = undefined;
      this.content.load();
    }
    return noReceipt;
  }

  /** P1 the old key version or 0, P2 81. @returns the new version, and the check value of each key. */
  private putKey({ p1, p2, data }: CardCommand): Uint8Array {
    const { protocol, keyVersion } = this.content;
    insist(p1 === 0 || p1 === keyVersion, status.referencedDataNotFound);
    insist(p2 === 0x81, status.wrongP1P2);
    const keys = readPutKey(protocol, data, wrapped => this.channel.decryptSecret(wrapped));
    this.content.replaceKeys(byteAt(data, 0), keys);
    const checks = [keys.enc, keys.mac, keys.kek].map(checkValueOf(protocol));
    return concatBytes(data.subarray(0, 1), ...checks);
  }
}
