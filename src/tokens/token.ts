import GObject from 'gi://GObject';
import type { Failure } from '../base/failure.js';
import type { CardContents, CardSummary } from '../card/card-report.js';
import { toHex } from '../base/bytes.js';
import { noPhoneHome, type PhoneHomeState } from './phone-home-state.js';
import type { Operation, WorkKind } from './operation.js';

/** The guide's words; the last is for a card that is in but cannot be read. */
export type TokenStatus = 'NO_APPLET' | 'UNINITIALIZED' | 'ENROLLED' | 'BUSY' | 'UNREADABLE';

/** What has been read of a card so far. A card appears with `reading`, then gets more. */
export type Knowledge =
  | { readonly kind: 'reading' }
  | { readonly kind: 'unreadable'; readonly failure: Failure }
  | { readonly kind: 'read'; readonly summary: CardSummary; readonly contents?: CardContents };

/**
 * One card in one reader, from insertion to removal.
 * Emits `changed` whenever anything of it is another than before.
 */
export class Token extends GObject.Object {
  static {
    GObject.registerClass({ GTypeName: 'EscToken', Signals: { changed: {} } }, this);
  }

  private knowledge: Knowledge = { kind: 'reading' };
  private running: Operation | undefined;
  private lossOfCard: Failure | undefined;
  private phoneHomeState = noPhoneHome;

  /** @param eventCount pcscd's number of the insertion: tells two insertions of a card apart. */
  public constructor(
    public readonly reader: string,
    public readonly eventCount: number,
    public readonly atr: Uint8Array,
  ) {
    super();
  }

  public get known(): Knowledge {
    return this.knowledge;
  }

  public get summary(): CardSummary | undefined {
    return this.knowledge.kind === 'read' ? this.knowledge.summary : undefined;
  }

  public get contents(): CardContents | undefined {
    return this.knowledge.kind === 'read' ? this.knowledge.contents : undefined;
  }

  /** The operation that runs now. */
  public get operation(): Operation | undefined {
    return this.running;
  }

  /** Why there is no way to the card any more; undefined while there is. */
  public get loss(): Failure | undefined {
    return this.lossOfCard;
  }

  public get gone(): boolean {
    return this.lossOfCard !== undefined;
  }

  public get atrText(): string {
    return toHex(this.atr);
  }

  /** 20 hexadecimal digits, upper case; empty while it is not known. */
  public get cuid(): string {
    const cuid = this.summary?.cuid;
    return cuid === undefined ? '' : toHex(cuid);
  }

  public get status(): TokenStatus {
    if (this.running !== undefined) return 'BUSY';
    if (this.knowledge.kind === 'reading') return 'BUSY';
    return this.summary?.status ?? 'UNREADABLE';
  }

  public get isCoolKey(): boolean {
    return this.summary?.isCoolKey ?? false;
  }

  /** Of a kind that the operations are for: a card of another system is only shown. */
  public get isManageable(): boolean {
    return this.summary?.kind === 'coolkey' || this.summary?.kind === 'blank';
  }

  public get unfinished(): boolean {
    return this.contents?.unfinished ?? this.summary?.unfinished ?? false;
  }

  /** Who issued the card, by Phone Home or else by its certificates; empty while it is not known. */
  public get issuer(): string {
    const { profile } = this.phoneHomeState;
    return profile?.issuerName || this.contents?.issuer || (profile?.host ?? '');
  }

  /** What Phone Home has told of this card: where from, and how that went. */
  public get phoneHome(): PhoneHomeState {
    return this.phoneHomeState;
  }

  /** Whom the card was issued to; empty while it is not known. */
  public get issuedTo(): string {
    return this.contents?.issuedTo ?? '';
  }

  /** Whether the operation makes sense with the card as it is now. */
  public allows(kind: WorkKind): boolean {
    if (this.gone || this.running !== undefined || !this.isManageable) return false;
    if (kind === 'format' || kind === 'enroll') return true;
    if (kind === 'test-card' && this.contents === undefined) return false;
    return this.summary?.status === 'ENROLLED' && !this.unfinished;
  }

  /** A card without an applet, or an unfinished one, has to be formatted before it can be enrolled. */
  public get needsFormat(): boolean {
    return this.summary?.status === 'NO_APPLET' || this.unfinished;
  }

  /** Whatever is read after the removal may be of another card. */
  public learn(knowledge: Knowledge): void {
    if (this.gone) return;
    this.knowledge = knowledge;
    this.emit('changed');
  }

  public setPhoneHome(state: PhoneHomeState): void {
    if (this.gone) return;
    this.phoneHomeState = state;
    this.emit('changed');
  }

  public setOperation(operation: Operation | undefined): void {
    this.running = operation;
    this.emit('changed');
  }

  public setRemoved(loss: Failure): void {
    this.lossOfCard = loss;
    this.emit('changed');
  }
}
