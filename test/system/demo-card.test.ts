/** Other people's software finds the virtual card good: pcscd, OpenSC and coolkey, through a pcscd of the test's own. */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { VirtualCard, type CardLogEntry } from '../../demo/card/virtual-card.js';
import { insertCard, type InsertedCard } from '../../demo/card/vpcd.js';
import { claimPorts, type ClaimedPorts } from '../../demo/readers/claimed-ports.js';
import { startReaders, type VirtualReaders } from '../../demo/readers/readers.js';
import { buildVpcdLink } from '../../demo/vpcd-link/build.js';
import { CardHost, type Enrolled } from '../support/card-host.js';
import { eventually } from '../support/pcsc/waiting.js';
import { modules, Pkcs11Token, tool as runTool } from '../support/pkcs11/token.js';
import { removeFolder } from '../support/processes.js';

const pin = 'netscape';

interface Badge {
  readonly bits: number;
  readonly user: string;
  readonly card: VirtualCard;
  readonly made: Enrolled;
}

let folder: string;
let linkPath: string;
let ports: ClaimedPorts;
let readers: VirtualReaders;
let environment: NodeJS.ProcessEnv;
const badges: Badge[] = [];
const inserted: InsertedCard[] = [];
const log: CardLogEntry[] = [];

function portOf(index: number): number {
  return readers.readers[index]?.port ?? 0;
}

const tool = (program: string, ...args: readonly string[]): Promise<string> =>
  runTool(environment, program, ...args);

const listReaders = (): Promise<string> => tool('opensc-tool', '--list-readers');

async function enrolledCard(number: number, bits: number, user: string): Promise<Badge> {
  const file = join(folder, `card-${number}.json`);
  const blank = new VirtualCard({ number, file });
  const made = await new CardHost(apdu => blank.process(apdu)).enroll(bits, pin, user);
  blank.losePower();
  blank.flush();
  // What goes into the reader is what the file remembers.
  return { bits, user, made, card: new VirtualCard({ file, log: entry => log.push(entry) }) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-card-'));
  ports = await claimPorts();
  linkPath = await buildVpcdLink(folder);
  [readers] = await Promise.all([
    startReaders({
      count: 2,
      directory: join(folder, 'readers'),
      namespacePrivate: true,
      firstPort: ports.first,
    }),
    (async () => badges.push(await enrolledCard(1, 1024, 'anna'), await enrolledCard(2, 2048, 'bert')))(),
  ]);
  // coolkey keeps what it read in its user's home.
  const home = join(folder, 'home');
  await mkdir(home);
  environment = { ...process.env, ...readers.environment, HOME: home, XDG_CACHE_HOME: home };
  for (const [i, { card }] of badges.entries())
    inserted.push(await insertCard(card, { port: portOf(i), linkPath }));
  // vpcd shows a change only with its next look.
  await eventually(async () => /0\s+Yes[^]*1\s+Yes/.test(await listReaders()));
});

afterAll(async () => {
  await Promise.all(inserted.map(card => card.remove()));
  await readers.stop();
  ports.release();
  await removeFolder(folder);
});

test('pcscd has the readers by their names', async () => {
  const listed = await listReaders();
  for (const reader of readers.readers) expect(listed).toContain(reader.name);
});

test('ATR, SELECT and CPLC through pcscd', async () => {
  expect((await tool('opensc-tool', '--reader', '1', '--atr')).replace(/[:\s]/g, '').toUpperCase()).toContain(
    '3BFF1400FF8131FE458025A00000005657534336353004023E',
  );
  const answers = await tool(
    'opensc-tool',
    ...['--reader', '1', '-s', '00A4040000', '-s', '80CA9F7F2D', '-s', '00A4040007627601FF000000'],
  );
  expect(answers.match(/SW1=0x90, SW2=0x00/g)).toHaveLength(3);
  expect(answers).toContain('9F 7F 2A 40 90 61 45 34 31 00 73 02 01 31 22 00');
  // The serial number of card 2.
  expect(answers).toContain('00 77 78 C7 62');
});

test('the log names commands and status words and nothing else', () => {
  expect(log).toContainEqual({
    command: 'GET DATA',
    statusWord: 0x9000,
    duration: expect.any(Number) as number,
  });
  for (const entry of log) expect(Object.keys(entry).sort()).toEqual(['command', 'duration', 'statusWord']);
});

describe.each(modules)('$name', module => {
  describe.each([
    { bits: 1024, index: 0 },
    { bits: 2048, index: 1 },
  ])('$bits bit', ({ index }) => {
    const badge = (): Badge => {
      const found = badges[index];
      if (found === undefined) throw new Error('no such card');
      return found;
    };
    const token = (): Pkcs11Token => new Pkcs11Token(module, badge().user, environment);

    test('lists both certificates and both keys', async () => {
      const listed = await token().list(pin);
      expect(listed.match(/Certificate Object/g)).toHaveLength(2);
      expect(listed.match(/Private Key Object; RSA/g)).toHaveLength(2);
      for (const use of ['signing', 'encryption']) expect(listed).toContain(`${use} key for ${badge().user}`);
    });

    test('reads the certificates that were put on the card', async () => {
      const { signing, encryption } = badge().made;
      expect(toHex((await token().certificate('01')).raw)).toBe(toHex(signing));
      expect(toHex((await token().certificate('02')).raw)).toBe(toHex(encryption));
    });

    test('refuses a wrong PIN', async () => {
      await expect(token().list('netscapf')).rejects.toThrow(/CKR_PIN_INCORRECT/);
    });

    test('signs, and openssl verifies with the certificate', async () => {
      expect(await token().signAndVerify(pin)).toContain('Verified OK');
    });

    test('decrypts', async () => {
      expect(await token().encryptAndDecrypt(pin, 'what was encrypted')).toBe('what was encrypted');
    });
  });
});

test('a card that is removed is gone, and comes back with what it had', async () => {
  const [first] = inserted.splice(0, 1);
  await first?.remove();
  await expect.poll(listReaders).toMatch(/0\s+No/);
  const card = new VirtualCard({ file: join(folder, 'card-1.json') });
  inserted.push(await insertCard(card, { port: portOf(0), linkPath }));
  await expect.poll(listReaders).toMatch(/0\s+Yes/);
  expect(toHex(await card.process(fromHex('00A4040007627601FF000000')))).toBe('9000');
  expect(toHex(await card.process(fromHex('B0F2000004')))).toBe('0F0101019000');
});

test('in the manner of T=0 it is as good', async () => {
  const [last] = inserted.splice(-1, 1);
  await last?.remove();
  const card = new VirtualCard({ file: join(folder, 'card-1.json'), manner: 'T=0' });
  inserted.push(await insertCard(card, { port: portOf(0), linkPath }));
  await expect
    .poll(() => tool('opensc-tool', '--reader', '0', '--atr'))
    .toContain('3b:75:94:00:00:62:02:02:02:01');
  const listed = await new Pkcs11Token(modules[0], 'anna', environment).list(pin);
  expect(listed.match(/Certificate Object/g)).toHaveLength(2);
});

test('a reader where nothing listens is a clear failure', async () => {
  const card = new VirtualCard();
  await expect(insertCard(card, { port: 1, linkPath })).rejects.toThrow(/reader-lost/);
  await expect(insertCard(card, { port: portOf(0), linkPath: '/nonexistent' })).rejects.toThrow(
    /reader-lost/,
  );
});
