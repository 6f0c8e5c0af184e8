import { createPublicKey, generateKeyPairSync, randomBytes, verify, type KeyObject } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import forge from 'node-forge';
import { concatBytes, fromHex, toHex, u16, u32 } from '../../src/base/bytes.js';
import {
  developerKeys,
  encryptCbc,
  initializeUpdate,
  keyCheckValue,
  ScpHost,
  type CardKeys,
} from '../../demo/scp01.js';

export const managerAid = 'A0000000030000';
export const appletAid = '627601FF000000';
const packageAid = '627601FF0000';
const chunk = 0xd0;
const anonymous = '0000000000000000';

export type Transmit = (apdu: Uint8Array) => Promise<Uint8Array>;

/** PKCS#11's numbers for what the combined object holds. */
const attribute = { label: 3, value: 0x11, keyType: 0x100 } as const;

function lengthAndHex(hex: string): string {
  return toHex(Uint8Array.of(hex.length / 2)) + hex;
}

export function ascii(text: string): string {
  return toHex(new TextEncoder().encode(text));
}

/** A server's side of the work with a card, as short as a test needs it. */
export class CardHost {
  public channel: ScpHost | undefined;

  public constructor(private readonly transmit: Transmit) {}

  /** Sends hexadecimal, gives hexadecimal: data and status word. */
  public async send(apdu: string): Promise<string> {
    return toHex(await this.transmit(fromHex(apdu)));
  }

  public select(aid: string): Promise<string> {
    return this.send(`00A40400${lengthAndHex(aid)}`);
  }

  public async openChannel(keys: CardKeys = developerKeys): Promise<void> {
    const challenge = randomBytes(8);
    this.channel = new ScpHost(keys, challenge, await this.transmit(initializeUpdate(challenge)));
    const answer = toHex(await this.transmit(this.channel.externalAuthenticate()));
    if (answer !== '9000') throw new Error(`EXTERNAL AUTHENTICATE: ${answer}`);
  }

  /** Sends a secured command: `INS P1 P2` and its data. */
  public async secured(header: string, data = ''): Promise<string> {
    const [ins = 0, p1 = 0, p2 = 0] = fromHex(header);
    if (this.channel === undefined) throw new Error('no channel');
    return toHex(await this.transmit(this.channel.wrap(ins, p1, p2, fromHex(data))));
  }

  /** As secured, and it must be answered 9000. */
  public async must(header: string, data = ''): Promise<Uint8Array> {
    const answer = await this.secured(header, data);
    if (!answer.endsWith('9000')) throw new Error(`${header}: ${answer}`);
    return fromHex(answer.slice(0, -4));
  }

  /** Loads and installs the applet, with issuer information, and leaves a channel to it open. */
  public async format(installData = '00021388', size = 1000): Promise<void> {
    await this.load(size);
    const parameters = `EF04C8024650C9${lengthAndHex(installData)}`;
    await this.must(
      'E60C00',
      `${lengthAndHex(packageAid)}${lengthAndHex(appletAid)}${lengthAndHex(appletAid)}0100` +
        `${lengthAndHex(parameters)}00`,
    );
    await this.select(appletAid);
    await this.openChannel();
    await this.must('F40000', ascii('http://localhost/phoneHome').padEnd(448, '0'));
  }

  /** Replaces the applet's code by a file of this many bytes, and with it the applet. */
  public async load(size: number): Promise<void> {
    await this.select(managerAid);
    await this.openChannel();
    await this.secured('E40000', `4F${lengthAndHex(appletAid)}`);
    await this.secured('E40000', `4F${lengthAndHex(packageAid)}`);
    await this.must('E60200', `${lengthAndHex(packageAid)}000006EF04C602${toHex(u16(size + 24))}00`);
    const file = concatBytes(fromHex('C482'), u16(size), new Uint8Array(size));
    for (let block = 0; block * chunk < file.length; block += 1) {
      const part = file.subarray(block * chunk, (block + 1) * chunk);
      // The server marks the last block only where it is shorter than the others.
      const last = part.length < chunk ? '80' : '00';
      await this.must(`E8${last}${toHex(Uint8Array.of(block))}`, toHex(part));
    }
  }

  public async createObject(id: string, size: number, acl = 'FFFF40004000'): Promise<void> {
    await this.must('5A0000', id + toHex(u32(size)) + acl);
  }

  public async writeObject(id: string, content: Uint8Array): Promise<void> {
    for (let offset = 0; offset < content.length; offset += chunk) {
      const part = content.subarray(offset, offset + chunk);
      await this.must('540000', id + toHex(u32(offset)) + lengthAndHex(toHex(part)));
    }
  }

  public async readObject(id: string, size: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; offset < size; offset += chunk) {
      const length = toHex(Uint8Array.of(Math.min(chunk, size - offset)));
      parts.push(await this.must('560000', id + toHex(u32(offset)) + length));
    }
    return concatBytes(...parts);
  }

  /** START ENROLL into slots 2 and 3; the proof is checked. */
  public async generateKey(bits: number, slots = '0203'): Promise<KeyObject> {
    if (this.channel === undefined) throw new Error('no channel');
    const challenge = randomBytes(16);
    const data = `80${toHex(u16(bits))}000010${toHex(this.channel.wrapKey(challenge))}00`;
    const [high = 0, low = 0] = await this.must(`0C${slots}`, data);
    const result = await this.readObject('FFFFFFFF', high * 256 + low);
    const field = (at: number): Uint8Array =>
      result.slice(at + 2, at + 2 + ((result[at] ?? 0) << 8) + (result[at + 1] ?? 0));
    const blob = field(0);
    const proof = field(2 + blob.length);
    const modulus = blob.slice(6, 6 + bits / 8);
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'RSA', n: Buffer.from(modulus).toString('base64url'), e: 'AQAB' },
    });
    if (!verify('sha1', concatBytes(blob, challenge), key, proof)) throw new Error('the proof is wrong');
    return key;
  }

  /** Makes a key pair outside and imports it into slots 4 and 5. */
  public async importKey(bits: number, slots = '0405'): Promise<KeyObject> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    const desKey = randomBytes(16);
    const iv = randomBytes(8);
    const content = wrappedPair(pkcs8, bits, desKey, iv);
    await this.createObject('FF00FFF3', content.length, '400040004000');
    await this.writeObject('FF00FFF3', content);
    await this.must(`0A${slots}`, this.importData(desKey, iv));
    return publicKey;
  }

  /** The data of IMPORT KEY ENC for the object FF00FFF3. */
  public importData(desKey: Uint8Array, iv: Uint8Array): string {
    if (this.channel === undefined) throw new Error('no channel');
    const wrapped = toHex(this.channel.wrapKey(desKey));
    return `FF00FFF38110${wrapped}03${toHex(keyCheckValue(desKey))}08${toHex(iv)}`;
  }

  /** From a blank card to one with two keys, their certificates, and the PIN. */
  public async enroll(bits: number, pin: string, user = 'jsmith'): Promise<Enrolled> {
    await this.format();
    await this.must('40007F', ascii('password'));
    await this.must('040000', ascii(pin));
    const signing = issueCertificate(await this.generateKey(bits), `${user} signing`);
    const encryption = issueCertificate(await this.importKey(bits), `${user} encryption`);
    await this.openChannel();
    const cuid = this.channel?.card.diversificationData ?? new Uint8Array(10);
    const z0 = combinedObject(cuid, user, [
      { label: `signing key for ${user}`, certificate: signing, publicBits: 0x0c0000, privateBits: 0x130100 },
      {
        label: `encryption key for ${user}`,
        certificate: encryption,
        publicBits: 0x5000,
        privateBits: 0x10a100,
      },
    ]);
    await this.createObject('7A300000', z0.length);
    await this.writeObject('7A300000', z0);
    await this.must('F00F00');
    await this.must('550000', '02030405');
    return { signing, encryption, z0 };
  }

  /** Reads without identity, as a client does. */
  public read(id: string, offset: number, length: number): Promise<string> {
    return this.send(`B056000011${id}${toHex(u32(offset))}${toHex(Uint8Array.of(length))}${anonymous}`);
  }
}

export interface Enrolled {
  /** DER. */
  readonly signing: Uint8Array;
  readonly encryption: Uint8Array;
  readonly z0: Uint8Array;
}

/** What FF00FFF3 holds before an import: `01 09 bits2`, then the padded PKCS#8 under 3DES-CBC. */
export function wrappedPair(pkcs8: Uint8Array, bits: number, desKey: Uint8Array, iv: Uint8Array): Uint8Array {
  const padding = 8 - (pkcs8.length % 8);
  const padded = concatBytes(pkcs8, new Uint8Array(padding).fill(padding));
  return concatBytes(fromHex('0109'), u16(bits), encryptCbc(desKey, padded, iv));
}

const authority = forge.pki.privateKeyFromPem(
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString(),
);

/** DER of a certificate by a CA made up for this run. */
function issueCertificate(key: KeyObject, name: string): Uint8Array {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(key.export({ format: 'pem', type: 'spki' }).toString());
  certificate.serialNumber = `0${toHex(randomBytes(8))}`;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  certificate.setIssuer([{ name: 'commonName', value: 'Test CA' }]);
  certificate.sign(authority, forge.md.sha256.create());
  const der = forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes();
  return Uint8Array.from(Buffer.from(der, 'binary'));
}

interface Trio {
  readonly label: string;
  readonly certificate: Uint8Array;
  readonly publicBits: number;
  readonly privateBits: number;
}

function stringAttribute(type: number, value: Uint8Array): Uint8Array {
  return concatBytes(u32(type), Uint8Array.of(0), u16(value.length), value);
}

function objectOf(id: string, fixed: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  const idBytes = new Uint8Array(4);
  idBytes.set(new TextEncoder().encode(id));
  return concatBytes(idBytes, u32(fixed), u16(attributes.length), ...attributes);
}

/** The combined object z0, compressed. */
function combinedObject(cuid: Uint8Array, tokenName: string, trios: readonly Trio[]): Uint8Array {
  const name = new TextEncoder().encode(tokenName);
  const objects = trios.flatMap(({ label, certificate, publicBits, privateBits }, i) => {
    const number = i + 1;
    const labelBytes = new TextEncoder().encode(label);
    return [
      objectOf(
        `c${number}`,
        0x90 | number,
        stringAttribute(attribute.label, labelBytes),
        stringAttribute(attribute.value, certificate),
      ),
      objectOf(`k${2 * number + 1}`, publicBits | 0xa0 | number),
      objectOf(
        `k${2 * number}`,
        privateBits | 0xb0 | number,
        concatBytes(u32(attribute.keyType), Uint8Array.of(1), u32(0)),
      ),
    ];
  });
  const plain = concatBytes(
    u16(name.length + 5),
    u16(objects.length),
    Uint8Array.of(name.length),
    name,
    ...objects,
  );
  const stored = deflateSync(plain);
  return concatBytes(u16(0x0100), randomBytes(2), cuid, u16(1), u16(stored.length), u16(20), stored);
}
