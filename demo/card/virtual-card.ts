import { setTimeout as sleep } from 'node:timers/promises';
import { concatBytes, equalBytes, fromHex, u16 } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import type { CardKeys } from '../scp01.js';
import { noData, parseCommand, refuse, status, StatusError, type CardCommand } from './apdu.js';
import type { AppletBuild } from './applet.js';
import { CardContent, type ContentState } from './card-content.js';
import { appletAid, CardManager, isManagerAid } from './card-manager.js';
import { commandName, type CommandName } from '../../src/card/command-name.js';
import { CardPulled, FaultPlan, type FaultRule } from './faults.js';
import type { ChannelProtocol } from './session.js';
import { StateFile } from './state-file.js';
import { T0Manner } from './t0.js';

/** What the log shows of a command: never its data. */
export interface CardLogEntry {
  readonly command: CommandName;
  readonly statusWord: number;
  /** Milliseconds that the card took. */
  readonly duration: number;
}

export interface VirtualCardOptions {
  /** Tells cards apart: the CUID ends with 7776 + number. From 1; default 1. */
  readonly number?: number;
  /** Where the card lives on without power; a card without a file is forgotten. */
  readonly file?: string;
  /** Default T=1. */
  readonly manner?: 'T=0' | 'T=1';
  /** Of a blank card; default the developer keys, version 01. */
  readonly keys?: CardKeys;
  /** Of a blank card; default SCP01. */
  readonly secureChannel?: ChannelProtocol;
  /** The build of the applet that is loaded onto it; default 58768072. */
  readonly build?: AppletBuild;
  readonly faults?: readonly FaultRule[];
  readonly log?: (entry: CardLogEntry) => void;
}

interface CardState extends ContentState {
  readonly format: 1;
  readonly number: number;
}

const atrs = {
  'T=0': '3B759400006202020201',
  'T=1': '3BFF1400FF8131FE458025A00000005657534336353004023E',
} as const;

const firstSerial = 0x7777;
const largestNumber = 0x8888;

/** The commands after which the card is not what it was, whatever they answer. */
const changing: ReadonlySet<CommandName> = new Set<CommandName>([
  'DELETE',
  'INSTALL',
  'LOAD',
  'PUT KEY',
  'VERIFY PIN',
  'CHANGE PIN',
  'CREATE PIN',
  'SET PIN',
  'CREATE OBJECT',
  'WRITE OBJECT',
  'DELETE OBJECT',
  'COMPUTE CRYPT',
  'LIST OBJECTS',
  'START ENROLL',
  'IMPORT KEY',
  'IMPORT KEY ENC',
  'CLEAR KEY SLOTS',
  'SET ISSUER INFO',
  'SET LIFECYCLE',
  'SET BUILTIN ACL',
]);

function readState(file: string): CardState | undefined {
  const state = StateFile.read(file);
  if (state === undefined) return undefined;
  if (typeof state !== 'object' || state === null || !('format' in state) || state.format !== 1)
    throw new Failure('malformed-data', `${file} does not hold a card`);
  return state as CardState;
}

/** @throws Failure `malformed-data` */
function contentOf(serial: number, options: VirtualCardOptions, state: CardState | undefined): CardContent {
  try {
    return new CardContent(serial, options.build ?? '58768072', options, state);
  } catch (error) {
    throw new Failure('malformed-data', `${options.file ?? ''} does not hold a card`, {}, { cause: error });
  }
}

/**
 * A CoolKey card in software: card manager, applet, secure channel, real keys.
 * Its answers are those that the unmodified applet gave behind pcscd.
 */
export class VirtualCard {
  public readonly number: number;
  public readonly atr: Uint8Array;
  private readonly content: CardContent;
  private readonly manager: CardManager;
  private readonly t0: T0Manner | undefined;
  private readonly log: (entry: CardLogEntry) => void;
  private readonly stateFile: StateFile<CardState> | undefined;
  private appletSelected = false;
  private faultPlan: FaultPlan;
  private queue: Promise<unknown> = Promise.resolve();

  /**
   * Takes the card from its file, or makes a blank one.
   * @throws Failure `malformed-data` when the file does not hold a card, `usage` for a number out of range.
   */
  public constructor(options: VirtualCardOptions = {}) {
    const state = options.file === undefined ? undefined : readState(options.file);
    this.number = state?.number ?? options.number ?? 1;
    if (!Number.isInteger(this.number) || this.number < 1 || this.number > largestNumber)
      throw new Failure('usage', `a card's number is from 1 to ${largestNumber}`);
    this.atr = fromHex(atrs[options.manner ?? 'T=1']);
    this.t0 = options.manner === 'T=0' ? new T0Manner(apdu => this.run(apdu)) : undefined;
    this.log = options.log ?? (() => undefined);
    this.faultPlan = new FaultPlan(options.faults ?? []);
    const serial = firstSerial - 1 + this.number;
    this.content = contentOf(serial, options, state);
    this.manager = new CardManager(this.content);
    this.stateFile =
      options.file === undefined ? undefined : new StateFile(options.file, () => this.toState());
    if (state === undefined) this.stateFile?.changed();
  }

  /** 10 bytes. */
  public get cuid(): Uint8Array {
    return this.content.cuid;
  }

  /** Replaces the rules by which things go wrong; their counts start anew. */
  public setFaults(rules: readonly FaultRule[]): void {
    this.faultPlan = new FaultPlan(rules);
  }

  /**
   * Answers a command APDU, one after the other: data, then the status word.
   * @throws CardPulled where a fault rule says so
   */
  public process(apdu: Uint8Array): Promise<Uint8Array> {
    const answer = this.queue.then(() => (this.t0 ? this.t0.process(apdu) : this.run(apdu)));
    this.queue = answer.catch(() => undefined);
    return answer;
  }

  /** A reset, or power off and on: the card manager is selected, nobody is logged in. */
  public losePower(): void {
    this.queue = Promise.resolve();
    this.content.channel.close();
    this.content.applet?.losePower();
    this.manager.losePower();
    this.t0?.losePower();
    this.appletSelected = false;
  }

  /** Writes what is not yet in the file. */
  public flush(): void {
    this.stateFile?.flush();
  }

  private async run(apdu: Uint8Array): Promise<Uint8Array> {
    const command = commandName(apdu);
    const begin = performance.now();
    const fault = this.faultPlan.next(command);
    if (fault?.kind === 'delay') await sleep(fault.milliseconds);
    if (fault?.kind === 'mute') return new Promise(() => undefined);
    if (fault?.kind === 'pull' && fault.when === 'before') throw new CardPulled();
    const answer = fault?.kind === 'answer' ? u16(fault.statusWord) : await this.answer(apdu);
    if (changing.has(command)) this.stateFile?.changed();
    const statusWord = ((answer.at(-2) ?? 0) << 8) | (answer.at(-1) ?? 0);
    this.log({ command, statusWord, duration: performance.now() - begin });
    if (fault?.kind === 'pull') throw new CardPulled();
    return answer;
  }

  private async answer(apdu: Uint8Array): Promise<Uint8Array> {
    try {
      return concatBytes(await this.dispatch(parseCommand(apdu)), u16(status.ok));
    } catch (error) {
      // As on a Java Card, an exception that nothing in the applet foresaw is 6F00.
      return u16(error instanceof StatusError ? error.statusWord : status.uncaught);
    }
  }

  private async dispatch(command: CardCommand): Promise<Uint8Array> {
    if (command.cla === 0x00 && command.ins === 0xa4 && command.p1 === 0x04) return this.select(command.data);
    const { applet } = this.content;
    return applet !== undefined && this.appletSelected
      ? applet.process(command)
      : this.manager.process(command);
  }

  private select(aid: Uint8Array): Uint8Array {
    const { applet, channel } = this.content;
    const wantsApplet = equalBytes(aid, appletAid) && applet !== undefined;
    if (!wantsApplet && !isManagerAid(aid)) refuse(status.applicationNotFound);
    channel.close();
    applet?.deselect();
    this.appletSelected = wantsApplet;
    return noData;
  }

  private toState(): CardState {
    return { format: 1, number: this.number, ...this.content.toState() };
  }
}
