/**
 * The demo: virtual readers with virtual cards, a demo TPS, and the window on them.
 * Runs until the window is closed or it is told to end (SIGTERM, SIGINT), and leaves nothing running.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, exit, kill, pid, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { processStart } from '../scripts/process-start.mjs';
import { toHex } from '../src/base/bytes.js';
import { insertCard, type InsertedCard } from './card/vpcd.js';
import { VirtualCard } from './card/virtual-card.js';
import { listenForOrders } from './control.js';
import { claimPorts } from './readers/claimed-ports.js';
import { startReaders, type VirtualReaders } from './readers/readers.js';
import type { Loss } from './tps/tokens.js';
import { startTps, type DemoTps } from './tps/tps.js';

const user = 'jsmith';
const password = 'secret';

const { values: options } = parseArgs({
  options: {
    directory: { type: 'string', default: 'build/demo-run' },
    stage: { type: 'string', default: 'build/stage' },
    link: { type: 'string', default: 'build/demo/vpcd-link' },
    cards: { type: 'string', default: '1' },
    'key-bits': { type: 'string', default: '2048' },
    'valid-days': { type: 'string', default: '730' },
    'pin-tries': { type: 'string', default: '127' },
    // Whoever's card was destroyed gets a new encryption key beside the old one.
    'recover-and-renew': { type: 'boolean', default: false },
    tls: { type: 'boolean', default: false },
    // Milliseconds that the TPS thinks before each message.
    pace: { type: 'string', default: '0' },
    window: { type: 'boolean', default: false },
    // A pcscd of its own, beside the system's, on ports that nothing else uses.
    'private-readers': { type: 'boolean', default: false },
  },
});
const { directory } = options;

/** What is undone at the end, the last first. */
const cleanups: (() => Promise<void> | void)[] = [];
let ending: Promise<never> | undefined;

function logTo(name: string): (line: string) => void {
  const file = join(directory, name);
  return line => appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
}

function writeSettings(tps: string): void {
  const folder = join(directory, 'config', 'glib-2.0', 'settings');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'keyfile'), `[io/github/escproject/Esc]\nfallback-tps-url='${tps}'\n`);
}

function tellOfFall(number: number): void {
  stderr.write(
    `Card ${number} fell out of its reader: pcscd has ended. ` +
      `When it runs again, put the card back: npm run demo -- --insert ${number}\n`,
  );
}

/** The cards by their number, from 1; each has the reader of its number. */
class Cards {
  private readonly inserted = new Map<number, InsertedCard>();
  /** Those that were taken out, or are about to be. */
  private readonly taken = new WeakSet<InsertedCard>();
  private readonly cuids = new Map<number, string>();

  public constructor(
    private readonly readers: VirtualReaders,
    private readonly tps: DemoTps,
  ) {}

  public async insert(number: number): Promise<void> {
    const reader = this.readers.readers[number - 1];
    if (reader === undefined) throw new Error(`there is no reader for card ${number}`);
    if (this.inserted.has(number)) throw new Error(`card ${number} is in already`);
    const log = logTo(`card-${number}.log`);
    const card = new VirtualCard({
      number,
      file: join(directory, `card-${number}.json`),
      log: ({ command, statusWord, duration }) =>
        log(`${command} ${statusWord.toString(16).padStart(4, '0')} ${duration.toFixed(1)} ms`),
    });
    this.cuids.set(number, toHex(card.cuid));
    const inserted = await insertCard(card, { port: reader.port, linkPath: options.link });
    this.inserted.set(number, inserted);
    void inserted.removed.then(() => {
      this.inserted.delete(number);
      if (!this.taken.has(inserted) && ending === undefined) tellOfFall(number);
    });
    await inserted.powered;
  }

  public async remove(number: number): Promise<void> {
    const inserted = this.find(number);
    this.taken.add(inserted);
    await inserted.remove();
  }

  public silence(number: number): void {
    this.find(number).card.setFaults([{ command: 'INITIALIZE UPDATE', fault: { kind: 'mute' } }]);
  }

  public report(number: number, loss: Loss): void {
    this.tps.report(this.cuids.get(number) ?? '', loss);
  }

  public give(number: number): void {
    this.tps.give(this.cuids.get(number) ?? '', user);
  }

  public async removeAll(): Promise<void> {
    await Promise.all([...this.inserted.keys()].map(number => this.remove(number)));
  }

  private find(number: number): InsertedCard {
    const inserted = this.inserted.get(number);
    if (inserted === undefined) throw new Error(`card ${number} is not in`);
    return inserted;
  }
}

async function readersFor(count: number): Promise<VirtualReaders> {
  const where = { count, directory: join(directory, 'readers') };
  if (!options['private-readers']) return startReaders(where);
  const ports = await claimPorts();
  cleanups.push(() => ports.release());
  return startReaders({ ...where, namespacePrivate: true, firstPort: ports.first });
}

async function start(): Promise<{ readonly tps: DemoTps; readonly readers: VirtualReaders }> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const count = Number.parseInt(options.cards, 10);
  const readers = await readersFor(count);
  cleanups.push(() => readers.stop());
  const tps = await startTps({
    keyBits: options['key-bits'] === '1024' ? 1024 : 2048,
    validDays: Number.parseFloat(options['valid-days']),
    pinTries: Number.parseInt(options['pin-tries'], 10),
    destroyedScheme: options['recover-and-renew'] ? 'GenerateNewKeyAndRecoverLast' : 'RecoverLast',
    operationScheme: options.tls ? 'https' : 'http',
    pace: Number.parseInt(options.pace, 10),
    log: logTo('tps.log'),
  });
  cleanups.push(() => tps.close());
  writeFileSync(join(directory, 'ca.pem'), tps.caCertificatePem);
  const cards = new Cards(readers, tps);
  cleanups.push(() => cards.removeAll());
  await Promise.all(Array.from({ length: count }, (_, i) => cards.insert(i + 1)));
  const control = await listenForOrders(join(directory, 'control'), cards);
  cleanups.push(() => void control.close());
  return { tps, readers };
}

function end(status: number): Promise<never> {
  ending ??= (async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
    rmSync(join(directory, 'state.json'), { force: true });
    exit(status);
  })();
  return ending;
}

function openWindow(environment: VirtualReaders['environment']): void {
  const window = spawn(
    join(options.stage, 'bin/esc'),
    ['--gapplication-app-id=io.github.escproject.Esc.Demo'],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...env, ...environment },
    },
  );
  cleanups.push(() => {
    if (window.exitCode === null && window.pid !== undefined) kill(window.pid, 'SIGTERM');
  });
  window.on('exit', code => void end(code ?? 0));
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  const { tps, readers } = await start();
  const url = options.tls ? tps.httpsUrl : tps.url;
  writeSettings(url);
  const names = readers.readers.map(reader => reader.name ?? `port ${reader.port}`);
  writeFileSync(
    join(directory, 'state.json'),
    JSON.stringify({
      pid,
      started: processStart(pid),
      user,
      password,
      tps: url,
      readers: names,
      environment: readers.environment,
    }),
  );
  stdout.write(`user: ${user}\npassword: ${password}\ntps: ${url}\n`);
  if (options.window) openWindow(readers.environment);
  else stdout.write('ready\n');
}

main().catch((error: unknown) => {
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  void end(1);
});
