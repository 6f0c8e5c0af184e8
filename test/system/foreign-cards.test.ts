/** A card of another system is shown with its certificates, and nothing that changes it is offered or done. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/base/bytes.js';
import type { CardChannel } from '../../src/card/channel.js';
import { ecCertificate } from '../support/card/certificates.js';
import { FakeCard, pivObject } from '../support/card/fake-card.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { VirtualCard } from '../support/pcsc/virtual-card.js';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

function pivCard(): CardChannel {
  const answers = new Map([
    ['SELECT', '61009000'],
    ['00CB3FFF055C035FC105', pivObject(ecCertificate)],
  ]);
  return new FakeCard({ others: new Map([['A00000030800001000', answers]]) });
}

/** An old one: its certificate comes in pieces. */
function cacCard(): CardChannel {
  const card = new FakeCard({ others: new Map([['A0000000790100', new Map()]]) });
  const stored = concatBytes(Uint8Array.of(0), ecCertificate);
  let at = 0;
  return {
    transmit: command => {
      if (command[1] === 0xa4) at = 0;
      if (command[1] !== 0x36) return card.transmit(command);
      const piece = stored.subarray(at, at + (command[4] ?? 0));
      at += piece.length;
      const left = Math.min(255, stored.length - at);
      return Promise.resolve(concatBytes(piece, Uint8Array.from(left > 0 ? [0x63, left] : [0x90, 0x00])));
    },
  };
}

describe.each([
  ['piv', pivCard, 'PIV Authentication'],
  ['cac', cacCard, 'CAC ID Certificate'],
] as const)('a card of the kind %s', (kind, make, label) => {
  const pcscd = new PrivatePcscd();
  const environment = { ...process.env, GSETTINGS_BACKEND: 'memory', ...pcscd.env };
  let card: VirtualCard;
  let commands: number;

  beforeAll(async () => {
    await pcscd.start('A Reader');
    const channel = make();
    card = await VirtualCard.insert(pcscd.readers[0]?.port ?? 0, command => channel.transmit(command));
  });
  afterAll(async () => {
    card.remove();
    await pcscd.remove();
  });

  function escctl(...args: readonly string[]): Promise<Result> {
    return runEscctl([...args, '--json'], { environment });
  }

  test('is told by escctl, with its certificate', async () => {
    await expect.poll(async () => (await escctl('list')).stdout).toContain('A Reader 00 00');
    expect((await escctl('info')).json()).toMatchObject({
      kind,
      isCoolKey: false,
      problem: null,
      issuedTo: 'Zoë "Z" Müller',
      certificates: [{ label }],
    });
  });

  test.each(['format', 'enroll', 'reset-password', 'change-password'])('escctl refuses %s', async command => {
    commands = card.commands.length;
    const result = await escctl(command);
    expect(result.status).toBe(1);
    expect(result.report()).toMatchObject({
      operation: command,
      outcome: 'failed',
      code: 'unsuitable-card',
      cardTouched: false,
    });
    // SELECT, GET DATA, GET CERTIFICATE and the like alone: it was looked at.
    const instructions = card.commands.slice(commands).map(sent => sent[1] ?? 0);
    for (const instruction of instructions)
      expect([0xa4, 0xca, 0xcb, 0x36, 0x52, 0xf2]).toContain(instruction);
  });

  test.each([
    ['light', {}],
    ['dark-narrow', { dark: true, width: 360, height: 900 }],
  ] as const)('is shown read only in the window, %s', async (look, how) => {
    const window = await DrivenWindow.start([esc], environment, how);
    try {
      await window.findPart('label', 'This card comes from another system.');
      await window.findPart('label', 'Zoë "Z" Müller');
      await window.findPart('label', label);
      const buttons = (await window.tree()).filter(({ role }) => role === 'push button');
      const names = buttons.map(({ name }) => name);
      for (const offered of ['Enroll', 'Format', 'Format and Enroll', 'Reset Password', 'Change Password'])
        expect(names).not.toContain(offered);
      await window.picture(pictureFile(`foreign-${kind}-${look}`));
    } finally {
      await window.end();
    }
  });
});
