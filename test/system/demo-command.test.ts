/** npm run demo, as a person types it: on a machine of its own, which is as before when it has ended. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Machine } from '../support/demo/machine.js';
import { ended } from '../support/processes.js';

interface State {
  readonly pid: number;
}

/** A demo that was started by `npm run demo -- --headless`. */
class Running {
  public readonly process: ChildProcess;
  public output = '';
  public errors = '';

  public constructor(...args: readonly string[]) {
    const [program = '', ...rest] = [
      ...machine.prefix,
      'npm',
      'run',
      '-s',
      'demo',
      '--',
      '--headless',
      ...args,
    ];
    // With a group of its own, as a shell gives to what is typed.
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.on('data', (data: Buffer) => (this.output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (this.errors += data.toString()));
    this.process = child;
  }

  public async ready(): Promise<this> {
    await Promise.race([
      expect.poll(() => this.output).toMatch(/^ready$/m),
      once(this.process, 'exit').then(([code]) => {
        throw new Error(`the demo ended with ${code}: ${this.errors}`);
      }),
    ]);
    return this;
  }
}

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.start();
  expect(machine.processes).toEqual([]);
});

afterEach(() => {
  expect(machine.processes).toEqual([]);
  expect(machine.isListening).toBe(false);
  expect(machine.hasSocket).toBe(false);
});

afterAll(() => machine.remove());

const demo = (...args: readonly string[]): ReturnType<Machine['run']> =>
  machine.run('npm', 'run', '-s', 'demo', '--', ...args);

interface ListedCard {
  readonly reader: string;
  readonly status: string;
}

const cards = (): readonly ListedCard[] =>
  JSON.parse(machine.run('npm', 'run', '-s', 'escctl', '--', 'list', '--json').stdout) as ListedCard[];

const noDemo = { status: 1, stdout: 'no demo runs\n' };

test('--headless says what there is and stays; --status tells of it, --stop ends it and all that it started', async () => {
  expect(demo('--status')).toMatchObject(noDemo);
  const running = await new Running().ready();
  expect(running.output).toMatch(
    /^user: jsmith\npassword: secret\ntps: http:\/\/127\.0\.0\.1:\d+\/[^\n]*\nready\n$/,
  );
  expect(cards()).toMatchObject([{ reader: 'Virtual Reader 1 00 00', status: 'NO_APPLET' }]);
  const told = running.output.replace('ready\n', 'readers: Virtual Reader 1 00 00\n');
  expect(demo('--status')).toMatchObject({ status: 0, stdout: told });
  const second = demo('--headless');
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(
    /^A demo runs already \(process \d+\)\. End it with: npm run demo -- --stop\n$/,
  );

  expect(demo('--remove', '1').status).toBe(0);
  await expect.poll(cards).toEqual([]);
  expect(demo('--remove', '1')).toMatchObject({ status: 1, stderr: 'card 1 is not in\n' });
  expect(demo('--insert', '1').status).toBe(0);
  await expect.poll(cards).toHaveLength(1);

  expect(demo('--stop')).toMatchObject({ status: 0, stdout: 'ended\n' });
  await ended(running.process);
  expect(running.process.exitCode).toBe(0);
  expect(demo('--status')).toMatchObject(noDemo);
  expect(demo('--stop')).toMatchObject({ status: 0, stdout: 'no demo runs\n' });
});

test('--cards 3 puts three cards in; Ctrl-C ends it without a word', async () => {
  const running = await new Running('--cards', '3').ready();
  expect(cards().map(({ reader }) => reader)).toEqual([
    'Virtual Reader 1 00 00',
    'Virtual Reader 1 00 01',
    'Virtual Reader 2 00 00',
  ]);
  const before = running.errors;
  process.kill(-(running.process.pid ?? 0), 'SIGINT');
  await ended(running.process);
  expect(running.errors).toBe(before);
  await expect.poll(() => machine.processes).toEqual([]);
});

test('cards that fall out of their readers are told of, and can be put back only into readers', async () => {
  const running = await new Running().ready();
  machine.run('sh', '-c', 'kill "$(tr -d "\\0" </run/pcscd/pcscd.pid)"');
  await expect
    .poll(() => running.errors)
    .toContain('Card 1 fell out of its reader: pcscd has ended. When it runs again, put the card back');
  expect(demo('--insert', '1')).toMatchObject({ status: 1 });
  expect(demo('--stop')).toMatchObject({ status: 0, stdout: 'ended\n' });
  await ended(running.process);
});

test('a pcscd that runs already without virtual readers is left alone', async () => {
  const [program, ...args] = [
    ...machine.prefix,
    'sh',
    '-c',
    'mkdir -p /run/none && exec /usr/sbin/pcscd -f -c /run/none',
  ];
  const pcscd = spawn(program, args, { stdio: 'ignore' });
  await expect.poll(() => machine.hasSocket).toBe(true);
  const before = machine.processes;
  const { status, stdout, stderr } = demo('--headless');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('pcscd runs already and has no virtual readers. Either start it anew');
  expect(machine.processes).toEqual(before);
  machine.run('sh', '-c', 'kill "$(tr -d "\\0" </run/pcscd/pcscd.pid)"');
  await ended(pcscd);
});

test('what cannot be: too many cards, an option that there is not, a window without a display', () => {
  const withoutDisplay = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
  expect(demo('--cards', '17')).toMatchObject({ status: 1, stdout: '' });
  expect(demo('--cards', '17').stderr).toMatch(/^--cards is 1 to 16\nusage: npm run demo /);
  expect(demo('--cord').stderr).toMatch(/'--cord'[^]*\nusage: npm run demo /);
  const [program, ...args] = [...machine.prefix, 'npm', 'run', '-s', 'demo'];
  const { status, stderr } = spawnSync(program, args, { env: withoutDisplay, encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    1,
    'There is no display to open a window on. Use: npm run demo -- --headless\n',
  ]);
});

test('a killed demo leaves nothing behind either, and what took its number since is not ended by --stop', async () => {
  const running = await new Running().ready();
  const state = JSON.parse(readFileSync(machine.file('demo-run/state.json'), 'utf8')) as State;
  // Outside, the number is that of another process.
  machine.run('kill', '-KILL', `${state.pid}`);
  await ended(running.process);
  await expect.poll(() => machine.processes).toEqual([]);
  expect(demo('--status')).toMatchObject(noDemo);

  const stranger = machine.run('sh', '-c', 'sleep 600 >/dev/null 2>&1 & echo $!').stdout.trim();
  writeFileSync(machine.file('demo-run/state.json'), JSON.stringify({ ...state, pid: Number(stranger) }));
  expect(demo('--stop')).toMatchObject({ status: 0, stdout: 'no demo runs\n' });
  expect(machine.processes).toEqual(['sleep 600']);
  machine.run('kill', stranger);
});
