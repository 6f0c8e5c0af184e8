/** The client inside GJS, over src/io's subprocess. */
import { expect, test } from 'vitest';
import { runGjsProgram } from '../support/gjs-program.js';
import { buildShim } from '../support/pcsc/build.js';
import { FakePcsc, present } from '../support/pcsc/fake-pcsc.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { VirtualCard } from '../support/pcsc/virtual-card.js';

const expected = {
  protocol: 'T=1',
  answers: [2, 2],
  connectedToStopped: false,
  stopped: 'shim-lost',
  killed: 'shim-lost',
  afterwards: 2,
  shims: 3,
  missing: 'shim-missing',
};

async function session(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Record<string, unknown>> {
  const output = await runGjsProgram('pcsc-session', [buildShim(), ...args], environment);
  return JSON.parse(output) as Record<string, unknown>;
}

test('with a real pcscd: commands, a shim that is stopped, one that is killed, none', async () => {
  const pcscd = new PrivatePcscd();
  try {
    await pcscd.start('One');
    const [reader] = pcscd.readers;
    const card = await VirtualCard.insert(reader?.port ?? 0);
    const facts = await session(pcscd.env, reader?.name ?? '', '20');
    card.remove();
    expect(facts).toMatchObject({ ...expected, atr: 25 });
    expect(facts.ticks).toBeGreaterThan(10);
  } finally {
    await pcscd.remove();
  }
});

test('10,000 commands: none lost, memory flat', async () => {
  const pcsc = new FakePcsc();
  pcsc.script(`reader ${present(1).toString(16)} 3B021450 A Reader`, 'quiet');
  const facts = await session(pcsc.env, 'A Reader', '10000');
  await pcsc.remove();
  expect(facts).toMatchObject(expected);
  // KiB
  expect(facts.grown).toBeLessThan(4_096);
});
