import type { Clock } from '../base/clock.js';
import { _ } from '../io/text.js';
import { CardWatch, type Arrival } from '../tokens/card-watch.js';
import type { Registry } from '../tokens/registry.js';
import type { Token } from '../tokens/token.js';
import type { Notice, Notices } from './notices.js';
import type { OperationResult, Operations, RunningOperation } from './operations.js';
import { cardLine, cardName, doneTitle, failedTitle, serviceTrouble } from './words.js';

/** Milliseconds. pcscd, and the way to it, may be started anew in that time without a word. */
const patience = 5_000;

/** What the agent needs of the rest of the program. */
export interface AgentParts {
  readonly registry: Registry;
  readonly operations: Operations;
  readonly notices: Notices;
  readonly clock: Clock;
  /** The user has just logged in, so a card that is in counts as put in. */
  readonly sessionStarts: boolean;
  /** Opens or raises the window, on that card if it has a CUID. */
  openWindow(cuid: string): void;
  /** Asks Phone Home of a card where that is not known. */
  lookUp(token: Token): Promise<void>;
  /** An enrolled card was put in, whose issuer may have a page for it. @returns what to ask the user first */
  openIssuerPage(token: Token): Promise<Notice | undefined>;
  /** Called when something has changed that the tray shows. */
  changed(): void;
}

/** Tells of the cards and the operations on them, and opens the window for a card that needs enrolling. */
export class Agent {
  private readonly cards: CardWatch;
  /** By reader: what went wrong with the card there, until it was looked at, is out, or something new happens. */
  private readonly failures = new Map<string, string>();
  private windowActive = false;
  private wasServed = false;
  private stopWaiting: (() => void) | undefined;

  public constructor(private readonly parts: AgentParts) {
    parts.operations.listener = {
      began: ({ reader }) => this.startAfresh(reader),
      changed: () => parts.changed(),
      ended: (operation, result) => this.ended(operation, result),
    };
    this.cards = new CardWatch(parts.registry, {
      arrived: (token, arrival) => this.arrived(token, arrival),
      left: token => this.left(token),
      changed: () => {
        this.followService();
        parts.changed();
      },
    });
  }

  /** The sentences about what went wrong and was not looked at yet. */
  public get troubles(): readonly string[] {
    return [...this.failures.values()];
  }

  public close(): void {
    this.cards.close();
    this.stopWaiting?.();
    this.parts.notices.withdrawAll();
  }

  /** In a window that is in front the user sees what there is to tell. */
  public setWindowActive(active: boolean): void {
    this.windowActive = active;
    if (!active) return;
    this.parts.registry.check();
    this.parts.notices.withdrawAll();
    this.failures.clear();
    this.parts.changed();
  }

  private arrived(token: Token, arrival: Arrival): void {
    if (arrival === 'inserted') {
      this.startAfresh(token.reader);
      this.tellArrival(token);
    }
    const isNews = arrival === 'inserted' || (arrival === 'in-before' && this.parts.sessionStarts);
    if (!needsEnrolling(token)) void this.welcome(token, isNews);
    else if (isNews && !this.windowActive) this.parts.openWindow(token.cuid);
  }

  private async welcome(token: Token, isNews: boolean): Promise<void> {
    await this.parts.lookUp(token);
    const question = isNews ? await this.parts.openIssuerPage(token) : undefined;
    if (question !== undefined && !token.gone) this.show(aboutPage(token.reader), question);
  }

  private tellArrival(token: Token): void {
    if (token.known.kind === 'unreadable') {
      const body = _('Check that the card is the right way round, and clean its contacts.');
      this.show(aboutCard(token.reader), { title: _('Smart Card Cannot Be Read'), body, life: 'urgent' });
    } else {
      const body = cardLine(token, undefined);
      const title = _('Smart Card Inserted');
      this.show(aboutCard(token.reader), { title, body, cuid: token.cuid, life: 'short' });
    }
  }

  private left(token: Token): void {
    this.forget(token.reader);
    this.parts.notices.withdraw(aboutPage(token.reader));
    this.show(aboutCard(token.reader), {
      title: _('Smart Card Removed'),
      body: cardName(token),
      life: 'short',
    });
  }

  private ended({ kind, reader }: RunningOperation, { code, sentence }: OperationResult): void {
    const token = this.parts.registry.list().find(other => other.reader === reader);
    if (token !== undefined) this.parts.registry.readAgain(token);
    if (code === 'cancelled') return;
    const cuid = token?.cuid ?? '';
    if (code === '') {
      this.show(aboutOperation(reader), { title: doneTitle(kind), body: sentence, cuid, life: 'long' });
      return;
    }
    // That the card went is told, but nothing is left to be looked at: the next one there may be another.
    const wentAway = code === 'card-removed' || code === 'reader-lost';
    if (!wentAway) this.failures.set(reader, `${failedTitle(kind)}: ${sentence}`);
    const subject = wentAway ? aboutLoss(reader) : aboutOperation(reader);
    this.show(subject, { title: failedTitle(kind), body: sentence, cuid, life: 'urgent' });
  }

  /** What was told about the last card or operation there is outdated. */
  private startAfresh(reader: string): void {
    this.forget(reader);
    this.parts.notices.withdraw(aboutLoss(reader));
  }

  /** How work on the card there ended is nothing to anybody without the card. */
  private forget(reader: string): void {
    this.failures.delete(reader);
    this.parts.notices.withdraw(aboutOperation(reader));
  }

  private followService(): void {
    const { registry, notices, clock } = this.parts;
    const { state } = registry;
    if (state.kind === 'running') {
      this.wasServed = true;
      this.stopWaiting?.();
      this.stopWaiting = undefined;
      notices.withdraw('service');
    } else if (state.kind === 'unavailable' && this.wasServed) {
      this.wasServed = false;
      this.stopWaiting = clock.after(patience, () => this.tellServiceLost());
    }
  }

  private tellServiceLost(): void {
    const { state } = this.parts.registry;
    if (state.kind !== 'unavailable') return;
    const body = serviceTrouble(state.failure.code);
    this.show('service', { title: _('Smart Cards Not Available'), body, life: 'urgent' });
  }

  private show(...[subject, notice]: Parameters<Notices['show']>): void {
    if (!this.windowActive) this.parts.notices.show(subject, notice);
  }
}

const aboutCard = (reader: string): string => `card ${reader}`;
const aboutOperation = (reader: string): string => `operation ${reader}`;
const aboutPage = (reader: string): string => `page ${reader}`;
/** That an operation ended because its card went away. */
const aboutLoss = (reader: string): string => `loss ${reader}`;

function needsEnrolling({ summary, isCoolKey, unfinished }: Token): boolean {
  return summary !== undefined && isCoolKey && (summary.status !== 'ENROLLED' || unfinished);
}
