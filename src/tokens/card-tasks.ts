import type { Cancellation } from '../base/cancellation.js';
import { asFailure, Failure } from '../base/failure.js';
import { requireSuccess, exchange, selectCommand } from '../card/apdu.js';
import { changePin, CoolKeyUser, pinLengths, triesLeft } from '../card/coolkey-user.js';
import { coolKeyAid } from '../card/coolkey.js';
import type { KeyCheck, RandomBytes } from '../card/key-check.js';
import { pinFault } from '../protocol/pin.js';
import type { PinLimits, Prompter } from '../protocol/ports.js';
import { withCard, type CardAccess, type CardSession } from './card-session.js';
import { Operation } from './operation.js';
import type { CardTaskKind, OperationEnd } from './operation.js';
import { askPatiently } from './patient-prompter.js';
import type { Token } from './token.js';

/** What a person should know before typing the card's PIN. */
export interface PinRequest {
  readonly purpose: CardTaskKind;
  /** How many wrong PINs the card still takes; undefined where it does not tell. */
  readonly triesLeft: number | undefined;
  /** How many were wrong in this task. */
  readonly wrong: number;
}

/** Asks for what a card task needs. Undefined means: cancelled. */
export interface PinPrompter extends Pick<Prompter, 'newPin'> {
  /** The card's PIN as it is now. */
  pin(request: PinRequest, cancellation: Cancellation): Promise<string | undefined>;
}

/** What the applet takes, where no server has a say. */
export const cardPinLimits: PinLimits = pinLengths;
/** From here on a person is warned before the next try. */
export const fewTries = 3;

/** What a task works with; the session holds the card while it is not asking. */
interface Work {
  readonly token: Token;
  readonly session: CardSession;
  readonly prompter: PinPrompter;
  readonly cancellation: Cancellation;
  readonly advance: Operation['advance'];
}

/** Tasks on the card alone, without a server, by who knows its PIN. */
export class CardTasks {
  public constructor(
    private readonly access: CardAccess,
    private readonly random: RandomBytes,
  ) {}

  /** Begins the task: see Operation.begin. The PIN is kept no longer than the task. */
  public start(token: Token, kind: CardTaskKind, prompter: PinPrompter): Operation {
    return Operation.begin(token, kind, async (cancellation, advance) => {
      try {
        return await withCard(this.access, token, cancellation, session => {
          const work = { token, session, prompter, cancellation, advance };
          return kind === 'test-card' ? this.testCard(work) : changePassword(work);
        });
      } catch (error) {
        throw token.loss ?? error;
      }
    });
  }

  private async testCard(work: Work): Promise<OperationEnd> {
    const { checkKeys } = await import('../card/key-check.js');
    const { token, session, cancellation, advance } = work;
    const { keys = [] } = token.contents ?? {};
    const { user, pin } = await logIn(work, 'test-card');
    pin.fill(0);
    try {
      const keyChecks = await checkKeys(user, keys, this.random, index => {
        cancellation.throwIfCancelled();
        advance(index / keys.length, 'testing-keys');
      });
      return { ...verdict(keyChecks), cardTouched: false, keyChecks };
    } finally {
      await logOut(user);
      await session.end();
    }
  }
}

function verdict(checks: readonly KeyCheck[]): Pick<OperationEnd, 'failure'> {
  const bad = checks.filter(({ result }) => result === 'wrong' || result === 'refused');
  if (bad.length > 0) {
    const which = bad.map(({ number, job, result }) => `key ${number} ${job ?? ''}: ${result}`).join(', ');
    return { failure: new Failure('key-check-failed', which, bad[0]?.failure?.facts) };
  }
  if (checks.some(({ result }) => result === 'works')) return {};
  return {
    failure: new Failure('unsuitable-card', 'no key has a certificate and a use', {
      reason: 'no-key-to-test',
    }),
  };
}

async function changePassword(work: Work): Promise<OperationEnd> {
  const { token, session, prompter, cancellation, advance } = work;
  const { user, pin } = await logIn(work, 'change-password');
  try {
    await logOut(user);
    await session.end();
    const next = await askNewPin(token, prompter, cancellation);
    try {
      cancellation.throwIfCancelled();
      advance(0.5, 'changing-password');
      await selectApplet(session);
      await changePin(session, pin, next);
    } finally {
      next.fill(0);
    }
    return { cardTouched: true };
  } finally {
    pin.fill(0);
  }
}

/** Asks until the card could take it. @throws Failure `cancelled` */
async function askNewPin(
  token: Token,
  prompter: PinPrompter,
  cancellation: Cancellation,
): Promise<Uint8Array> {
  let unsuitable: ReturnType<typeof pinFault>;
  for (;;) {
    const fault = unsuitable;
    const next = await askPatiently(token, cancellation, takenBack =>
      prompter.newPin(cardPinLimits, fault, takenBack),
    );
    if (next === undefined) throw declined();
    unsuitable = pinFault(next, cardPinLimits);
    if (unsuitable === undefined) return new TextEncoder().encode(next);
  }
}

/**
 * Asks for the PIN until it is right, with the tries left told before each; the card is let go meanwhile.
 * @throws Failure `pin-blocked`, `pin-wrong` when the prompter gives up after a wrong one, `cancelled`, of the card
 */
async function logIn(work: Work, purpose: CardTaskKind): Promise<{ user: CoolKeyUser; pin: Uint8Array }> {
  const { token, session, prompter, cancellation, advance } = work;
  let refusal: Failure | undefined;
  let left = await lookAtTries(session);
  const knowing = (failure: Failure): Failure =>
    left === undefined ? failure : failure.with({ triesLeft: left });
  for (let wrong = 0; ;) {
    await session.end();
    advance(0, 'waiting-for-card-password');
    const request = { purpose, triesLeft: left, wrong };
    const answer = await askPatiently(token, cancellation, takenBack => prompter.pin(request, takenBack));
    if (answer === undefined) throw refusal ?? declined();
    const told = left;
    left = await lookAtTries(session);
    // Another program has used up tries meanwhile: nobody is to meet the last ones without knowing.
    if (left !== undefined && left <= fewTries && left < (told ?? Infinity)) continue;
    const pin = new TextEncoder().encode(answer);
    if (pin.length < cardPinLimits.minimum || pin.length > cardPinLimits.maximum) {
      // The card need not be asked, which may cost a try.
      refusal = knowing(new Failure('pin-wrong', `no card password has ${pin.length} bytes`));
      wrong += 1;
      continue;
    }
    try {
      return { user: await CoolKeyUser.logIn(session, pin), pin };
    } catch (error) {
      pin.fill(0);
      const failure = asFailure(error);
      if (failure.code !== 'pin-wrong') throw failure;
      wrong += 1;
      left = await lookAtTries(session);
      refusal = knowing(failure);
    }
  }
}

/** Selects the applet and asks it. @throws Failure `pin-blocked`, of the card */
async function lookAtTries(session: CardSession): Promise<number | undefined> {
  await selectApplet(session);
  const left = await triesLeft(session);
  if (left === 0)
    throw new Failure('pin-blocked', 'TRIES LEFT: the card answered 0', { step: 'TRIES LEFT', triesLeft: 0 });
  return left;
}

async function selectApplet(session: CardSession): Promise<void> {
  requireSuccess(await exchange(session, selectCommand(coolKeyAid)), 'SELECT');
}

/** A card that is gone has forgotten the login by itself. */
async function logOut(user: CoolKeyUser): Promise<void> {
  await user.logOut().catch(() => undefined);
}

function declined(): Failure {
  return new Failure('cancelled', 'no card password was given');
}
