/** What goes wrong in the middle of an enrolment, in the real window: it says what, is idle, and what it says helps. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import type { Fault } from '../../demo/tps/session.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { BoundaryCounter, isAt } from '../support/faults/boundaries.js';
import { blankCard } from '../support/faults/enrolment.js';
import { shimsOf } from '../support/pcsc/shims.js';
import { Bench } from '../support/window/bench.js';
import type { Look } from '../support/window/driver.js';
import { Person } from '../support/window/person.js';
import { pictureFile } from '../support/window/pictures.js';

const cardPassword = 'Secret.12';
/** In the middle of the certificates: what is on the card then is neither empty nor whole. */
const middle = { operation: 'enroll', name: 'WRITE OBJECT', occurrence: 8 } as const;
const doubt = 'The card may be unfinished. Format it, then enroll it again.';

let bench: Bench;
let person: Person;
let card: VirtualCard;
let lookName: string;

beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.end());

async function open(name = 'light', look: Look = {}): Promise<void> {
  lookName = name;
  person = await Person.start(bench, look);
  await person.see('Insert Your Smart Card');
}

function picture(name: string): Promise<void> {
  return person.window.picture(pictureFile(`${name}-${lookName}`));
}

async function insertBlank(): Promise<void> {
  card = blankCard();
  await bench.insert(card);
  await person.see('Blank');
}

/** Starts to enroll the card, and lets something happen when the server is about to send the message in the middle. */
async function enrollUntil(strike: () => Fault | undefined): Promise<void> {
  const counter = new BoundaryCounter();
  bench.fault = step => {
    if (!isAt(middle, counter.next(step))) return undefined;
    bench.fault = undefined;
    return strike();
  };
  await person.press('Enroll');
  await person.choosePassword(cardPassword);
  await person.logIn();
  await expect.poll(() => bench.fault, { message: 'the enrolment comes so far' }).toBeUndefined();
}

async function expectIdle(): Promise<void> {
  await person.window.gone('progress bar');
  await person.window.gone('dialog');
}

async function enrollsBy(button: string): Promise<void> {
  await person.press(button);
  await person.choosePassword(cardPassword);
  await person.logIn();
  await person.see('The card is enrolled');
  await person.see('John Smith');
  await expectIdle();
  await remove('John Smith');
}

/** One that is put in again before pcscd has missed it is never powered: what was shown of it has to be gone first. */
async function remove(shown: string): Promise<void> {
  await bench.remove();
  await person.window.gone('label', shown);
  await person.see('Insert Your Smart Card');
}

/** What is said of a card that may be unfinished. */
async function formatThenEnroll(): Promise<void> {
  await person.format();
  await person.logIn();
  await person.see('The card is formatted');
  await enrollsBy('Enroll');
}

/** The dialog for a card whose page is gone. */
async function dismiss(what: string, lost: string): Promise<void> {
  await person.see(what);
  await person.window.findPart('label', doubt);
  await picture(`lost-${lost}`);
  await person.press('OK');
}

async function failsAt(kind: 'hang-up' | 'silence', what: string): Promise<void> {
  await insertBlank();
  await enrollUntil(() => ({ kind }));
  await person.window.findPart('label', what);
  await person.window.findPart('label', 'An operation on this card did not come to its end.');
  await picture(`fault-${kind}`);
  await expectIdle();
  await enrollsBy('Try Again');
}

describe('light', () => {
  beforeAll(() => open('light'));
  afterAll(() => person.window.end());

  test('the server hangs up', () => failsAt('hang-up', 'ended the connection in the middle'));

  test('the helper program is killed', async () => {
    await insertBlank();
    const pid = await person.window.pid();
    await enrollUntil(() => {
      for (const shim of shimsOf(pid)) process.kill(shim, 'SIGKILL');
      return undefined;
    });
    await dismiss('The helper program that reaches the smart cards has stopped', 'helper');
    await expectIdle();
    await formatThenEnroll();
  });

  test('the card falls silent, and the person cancels', async () => {
    await insertBlank();
    const commands = vi.spyOn(card, 'process');
    await enrollUntil(() => {
      card.setFaults([{ fault: { kind: 'mute' } }]);
      commands.mockClear();
      return undefined;
    });
    await expect.poll(() => commands.mock.calls.length).toBeGreaterThan(0);
    await person.press('Cancel');
    await person.window.find('label', 'Cancelling: waiting for the card…', 5);
    expect((await person.window.find('push button', 'Cancel')).states).not.toContain('sensitive');
    await picture('cancelling');
    await person.see('The card stopped answering');
    await person.window.findPart('label', doubt);
    await picture('silent');
    await expectIdle();
    await remove('The card stopped answering');
    card.setFaults([]);
    await bench.insert(card);
    await formatThenEnroll();
  });
});

describe('dark and narrow', () => {
  beforeAll(() => open('dark-narrow', { dark: true, width: 360, height: 720 }));
  afterAll(() => person.window.end());

  test('the server falls silent', () => failsAt('silence', 'stopped answering'));

  test('the card is pulled', async () => {
    await insertBlank();
    await enrollUntil(() => void bench.remove());
    await dismiss('The card was taken out', 'card');
    await person.see('Insert Your Smart Card');
    await expectIdle();
    await bench.insert(card);
    await formatThenEnroll();
  });

  test('pcscd is killed', async () => {
    await insertBlank();
    let killed: Promise<void> | undefined;
    await enrollUntil(() => {
      killed = bench.killPcscd();
      return undefined;
    });
    await dismiss('The smart card service (pcscd) has stopped', 'pcscd');
    await person.see('Smart Card Service Stopped');
    await expectIdle();
    await killed;
    await bench.startPcscd();
    await person.see('Insert Your Smart Card');
    await bench.insert(card);
    await formatThenEnroll();
  });
});

describe('with nothing going on', () => {
  beforeAll(() => open());
  afterAll(() => person.window.end());

  test('a helper program that fell silent is found out when the window is looked at', async () => {
    const pid = await person.window.pid();
    const before = shimsOf(pid);
    expect(before).toHaveLength(1);
    for (const shim of before) process.kill(shim, 'SIGSTOP');
    await bench.insert(blankCard());
    await sleep(1_500);
    expect((await person.window.tree()).map(shown => shown.name)).not.toContain('Blank');
    await person.window.unfocus();
    await person.see('Blank');
    expect(shimsOf(pid)).not.toEqual(before);
    await remove('Blank');
  });
});

describe('Stop and Close', () => {
  beforeAll(() => open());
  afterEach(() => person.window.end());

  test('says what it may do to the card, closes the window, and the card tells what became of it', async () => {
    await insertBlank();
    const pid = await person.window.pid();
    await enrollUntil(() => {
      card.setFaults([{ fault: { kind: 'delay', milliseconds: 3_000 } }]);
      return undefined;
    });
    await person.press('Close');
    await person.see('Enrolling Is Not Finished');
    await person.see(
      'If you stop now, the card may stay unfinished: it then has to be formatted and enrolled again.',
    );
    await person.press('Stop and Close');
    await expect.poll(() => isRunning(pid)).toBe(false);
    card.setFaults([]);

    const listed = await runEscctl(['list', '--json'], { environment: bench.environment });
    expect(listed.json()).toMatchObject([{ status: 'UNINITIALIZED', unfinished: true }]);
    await person.window.end();
    person = await Person.start(bench);
    await person.window.findPart('label', 'An operation on this card did not come to its end.');
    await picture('stopped-and-closed');
    await enrollsBy('Format and Enroll');
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
