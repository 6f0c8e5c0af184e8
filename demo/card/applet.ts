import { randomBytes } from 'node:crypto';
import { concatBytes, fromHex, toHex, u16, u32 } from '../../src/base/bytes.js';
import { insist, noData, refuse, status, u16At, type CardCommand } from './apdu.js';
import type { SecureChannel } from './channel.js';
import { Crypt } from './crypt.js';
import { Enrollment } from './enrollment.js';
import { isGranted, raIdentity, type Identities } from './identities.js';
import { IoBuffer } from './io-buffer.js';
import { KeySlots, type KeySlotsState } from './key-slots.js';
import { Objects, type ObjectsState } from './objects.js';
import { Pins, type PinsState } from './pins.js';

/**
 * Applet builds: TRIES LEFT came with the second, CLEAR KEY SLOTS with 58755637. 558CDCFF is version 1.5, for cards
 * of SCP02 and SCP03 and with keys on elliptic curves; the others are version 1.4.
 */
export type AppletBuild = '50000000' | '54D2852B' | '558CDCFF' | '58755637' | '58768072';

const minorVersion = (build: AppletBuild): number => (build === '558CDCFF' ? 5 : 4);

const buildNumber = (build: AppletBuild): number => Number.parseInt(build, 16);
const nonceLength = 8;
const issuerInfoLength = 224;

/** Who may create what; changeable only where the installation said so. */
interface BuiltinAcl {
  readonly objects: number;
  readonly keys: number;
  readonly pins: number;
  /** Bit 0: the server may change this. */
  readonly changeable: number;
}

export interface InstallParameters {
  /** At most 127 bytes. */
  readonly issuer: Uint8Array;
  /** Bytes of object memory. */
  readonly memorySize: number;
  readonly aclChangeable: boolean;
}

export interface AppletState {
  readonly build: AppletBuild;
  readonly lifeCycle: number;
  readonly issuer: string;
  readonly acl: BuiltinAcl;
  readonly ioBufferSize: number;
  readonly objects: ObjectsState;
  readonly pins: PinsState;
  readonly keys: KeySlotsState;
}

type Handler = (command: CardCommand, identities: Identities) => Uint8Array | Promise<Uint8Array>;

/** The CoolKey applet: what it answers while it is selected. */
export class CoolKeyApplet {
  private readonly ioBuffer: IoBuffer;
  private readonly objects: Objects;
  private readonly pins: Pins;
  private readonly keys: KeySlots;
  private readonly crypt: Crypt;
  private readonly enrollment: Enrollment;
  private readonly plainCommands: ReadonlyMap<number, Handler>;
  private readonly securedCommands: ReadonlyMap<number, Handler>;
  private readonly build: AppletBuild;
  private issuer: Uint8Array;
  private acl: BuiltinAcl;
  private lifeCycle: number;
  private powerCycle = 0;

  private constructor(
    state: Partial<AppletState> & Pick<AppletState, 'build' | 'acl'>,
    memorySize: number,
    private readonly channel: SecureChannel,
  ) {
    this.build = state.build;
    this.acl = state.acl;
    this.lifeCycle = state.lifeCycle ?? 0x07;
    this.issuer = fromHex(state.issuer ?? '00'.repeat(issuerInfoLength));
    this.ioBuffer = new IoBuffer(state.ioBufferSize);
    this.objects = new Objects(this.ioBuffer, memorySize, state.objects);
    this.pins = new Pins(state.pins);
    this.keys = new KeySlots(state.keys);
    this.crypt = new Crypt(this.keys, this.ioBuffer);
    this.enrollment = new Enrollment(this.keys, this.objects, this.ioBuffer, channel);
    const shared = this.sharedHandlers();
    this.plainCommands = new Map([...shared, ...this.plainHandlers()]);
    this.securedCommands = new Map([...shared, ...this.securedHandlers()]);
  }

  /** A fresh instance. */
  public static install(
    build: AppletBuild,
    parameters: InstallParameters,
    channel: SecureChannel,
  ): CoolKeyApplet {
    const issuer = new Uint8Array(issuerInfoLength);
    issuer.set(parameters.issuer);
    const acl = {
      objects: raIdentity,
      keys: raIdentity,
      pins: raIdentity,
      changeable: parameters.aclChangeable ? 1 : 0,
    };
    return new CoolKeyApplet({ build, acl, issuer: toHex(issuer) }, parameters.memorySize, channel);
  }

  public static restore(state: AppletState, channel: SecureChannel): CoolKeyApplet {
    return new CoolKeyApplet(state, state.objects.memorySize, channel);
  }

  public toState(): AppletState {
    return {
      build: this.build,
      lifeCycle: this.lifeCycle,
      issuer: toHex(this.issuer),
      acl: this.acl,
      ioBufferSize: this.ioBuffer.size,
      objects: this.objects.toState(),
      pins: this.pins.toState(),
      keys: this.keys.toState(),
    };
  }

  /** Another application, or this one anew, is being selected. Logins survive that. */
  public deselect(): void {
    this.ioBuffer.clear();
    this.crypt.deselect();
  }

  public losePower(): void {
    this.powerCycle += 1;
    this.deselect();
    this.pins.logOutAll();
  }

  /** @throws StatusError for every answer without data that is not 9000 */
  public async process(command: CardCommand): Promise<Uint8Array> {
    switch (command.cla) {
      case 0x00:
      case 0xa4:
        return noData;
      case 0x80:
        insist(command.ins === 0x50, status.unknownInstruction);
        return this.channel.initializeUpdate(command);
      case 0x84:
        return this.processSecured(command);
      case 0xb0:
        return this.processPlain(command);
      default:
        return refuse(status.unknownClass);
    }
  }

  private async processSecured(command: CardCommand): Promise<Uint8Array> {
    if (command.ins === 0x82) return this.channel.externalAuthenticate(command);
    const plain = this.channel.unwrap(command);
    const handler = this.securedCommands.get(command.ins) ?? refuse(status.unknownInstruction);
    return handler(plain, raIdentity);
  }

  private async processPlain(command: CardCommand): Promise<Uint8Array> {
    const handler = this.plainCommands.get(command.ins) ?? refuse(status.unknownInstruction);
    if (!this.needsNonce(command.ins)) return handler(command, 0);
    insist(command.data.length >= nonceLength, status.unauthorized);
    const identities = this.pins.identitiesOf(command.data.subarray(-nonceLength));
    const data = command.data.subarray(0, -nonceLength);
    return handler({ ...command, data, p3: data.length }, identities);
  }

  private needsNonce(ins: number): boolean {
    return [0x32, 0x36, 0x40, 0x52, 0x54, 0x56, 0x5a].includes(ins);
  }

  /** Commands that come with a nonce or through the secure channel. */
  private sharedHandlers(): [number, Handler][] {
    return [
      [0x32, (command, who) => this.enrollment.importPlain(command, who, this.acl.keys)],
      [0x36, (command, who) => this.crypt.compute(command, who)],
      [0x40, (command, who) => this.pins.create(command, who, this.acl.pins)],
      [0x52, (command, who) => this.objects.delete(command, who)],
      [0x54, (command, who) => this.objects.write(command, who)],
      [0x56, (command, who) => this.objects.read(command, who)],
      [0x5a, (command, who) => this.objects.create(command, who, this.acl.objects)],
    ];
  }

  private plainHandlers(): [number, Handler][] {
    const handlers: [number, Handler][] = [
      [0x3a, command => this.keys.list(command)],
      [0x3c, command => this.status(command)],
      [0x42, command => this.pins.verify(command)],
      [0x44, command => this.pins.change(command)],
      [0x48, command => this.pins.list(command)],
      [0x58, command => this.objects.list(command)],
      [0x61, command => this.pins.logOut(command)],
      [0x70, command => this.buildId(command)],
      [0x71, () => noData],
      [0x72, ({ p3 }) => randomBytes(p3)],
      [0x73, () => noData],
      [0xf2, command => this.readLifeCycle(command)],
      [0xf6, command => this.readIssuer(command)],
      [0xfa, command => this.readAcl(command)],
    ];
    if (buildNumber(this.build) >= buildNumber('54D2852B'))
      handlers.push([0x4a, command => this.pins.triesLeft(command)]);
    return handlers;
  }

  private securedHandlers(): [number, Handler][] {
    const handlers: [number, Handler][] = [
      [0x04, command => this.pins.reset(command)],
      [0x0a, (command, who) => this.enrollment.importEncrypted(command, who, this.acl.keys)],
      [0x0c, (command, who) => this.startEnrollment(command, who)],
      [0xf0, command => this.setLifeCycle(command)],
      [0xf4, command => this.setIssuer(command)],
      [0xf8, command => this.setAcl(command)],
    ];
    if (buildNumber(this.build) >= buildNumber('58755637'))
      handlers.push([0x55, (command, who) => this.keys.clearOthers(command, who)]);
    if (minorVersion(this.build) >= 5)
      handlers.push([0x0d, (command, who) => this.enrollment.startEc(command, who)]);
    return handlers;
  }

  private startEnrollment(command: CardCommand, identities: Identities): Promise<Uint8Array> {
    const { powerCycle } = this;
    return this.enrollment.start(command, identities, this.acl.keys, () => this.powerCycle === powerCycle);
  }

  /** Protocol 1.1, applet 1.4 or 1.5, memory, free memory, PINs, keys, who is logged in; 16 bytes. */
  private status({ p1, p2 }: CardCommand): Uint8Array {
    insist(p2 === 0, status.incorrectP2);
    insist(p1 !== 1, status.unknownInstruction);
    insist(p1 === 0, status.incorrectP1);
    return concatBytes(
      Uint8Array.of(1, 1, 1, minorVersion(this.build)),
      u32(this.objects.memorySize),
      u32(this.objects.freeMemory),
      Uint8Array.of(this.pins.used, this.keys.used),
      u16(this.pins.loggedIn),
    );
  }

  private buildId({ p3 }: CardCommand): Uint8Array {
    insist(p3 >= 4, status.wrongLength);
    return fromHex(this.build);
  }

  /** The state alone for Le 1; else also what is set up, and the protocol version. */
  private readLifeCycle({ p3 }: CardCommand): Uint8Array {
    if (p3 === 1) return Uint8Array.of(this.lifeCycle);
    const { objects, keys } = this.acl;
    const writable = isGranted(objects, 0xff) && isGranted(keys, 0xff) ? 2 : 0;
    return Uint8Array.of(this.lifeCycle, (this.pins.everCreated ? 1 : 0) + writable, 1, 1);
  }

  private setLifeCycle({ p1, data }: CardCommand): Uint8Array {
    insist(data.length === 0, status.wrongLength);
    // Applications have the states whose three lower bits are set.
    insist(p1 <= 0x7f && (p1 & 0x07) === 0x07, status.invalidParameter);
    this.lifeCycle = p1;
    return noData;
  }

  private readIssuer({ p3 }: CardCommand): Uint8Array {
    insist(p3 === issuerInfoLength, status.wrongLength);
    return this.issuer.slice();
  }

  private setIssuer({ data }: CardCommand): Uint8Array {
    insist(data.length === issuerInfoLength, status.wrongLength);
    this.issuer = data.slice();
    return noData;
  }

  private readAcl({ p3 }: CardCommand): Uint8Array {
    insist(p3 >= 7 && p3 <= 0x7f, status.wrongLength);
    const { objects, keys, pins, changeable } = this.acl;
    return concatBytes(u16(objects), u16(keys), u16(pins), Uint8Array.of(changeable));
  }

  private setAcl({ data }: CardCommand): Uint8Array {
    insist(data.length === 7, status.wrongLength);
    insist(this.acl.changeable !== 0, status.notAllowed);
    this.acl = {
      objects: u16At(data, 0),
      keys: u16At(data, 2),
      pins: u16At(data, 4),
      changeable: data[6] ?? 0,
    };
    return noData;
  }
}
