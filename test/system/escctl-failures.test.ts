/** Each exit status of escctl, with the real thing behind it, and one JSON document for each. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import type { Fault } from '../../demo/tps/session.js';
import { ShimClient } from '../../src/pcsc/client.js';
import type { CardConnection } from '../../src/pcsc/types.js';
import { Demo } from '../support/demo/demo.js';
import { escctl as escctlPath, shim } from '../support/demo/programs.js';
import { runEscctl, type Report, type Result, type RunOptions } from '../support/escctl/escctl.js';
import { nodeClock } from '../support/pcsc/node-clock.js';
import { nodeLauncher } from '../support/pcsc/node-shim.js';
import { eventually, until } from '../support/pcsc/waiting.js';

const pin = 'Secret.12';
const cuid = '40906145C76200007777';

let demo: Demo;
/** A TPS whose 20th message may be something else. */
let tps: DemoTps;
let fault: Fault | undefined;
/** Another program at the cards. */
let otherProgram: ShimClient;

beforeAll(async () => {
  [demo, tps] = await Promise.all([
    Demo.start({ cards: 2 }),
    startTps({ fault: ({ index }) => (index === 20 ? fault : undefined) }),
  ]);
  otherProgram = new ShimClient(nodeLauncher([shim], demo.environment).launch, nodeClock);
  await until(
    otherProgram,
    () => otherProgram.readers.filter(({ presence }) => presence === 'present').length === 2,
  );
});

afterAll(async () => {
  otherProgram.close();
  await Promise.all([demo.end(), tps.close()]);
});

function escctl(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Result> {
  return runEscctl(args, { environment: demo.environment, ...options });
}

async function listening(server: Server): Promise<AddressInfo> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return server.address() as AddressInfo;
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

function reader(card: number): string {
  return demo.readers[card - 1] ?? '';
}

function login(input = `secret\n${pin}\n`): Partial<RunOptions> {
  return { input };
}

const secrets = ['--user=jsmith', '--password-file=-', '--pin-file=-'];
const onCard1 = (): string[] => ['--json', '--reader', reader(1)];

/** The one document that a failed command prints, and nothing else anywhere. */
function expectFailure(result: Result, status: number, expected: Partial<Report>): void {
  expect(result.report()).toMatchObject({ outcome: 'failed', ...expected });
  expect(result.status).toBe(status);
  expect(result.report().message).not.toBe('');
  expect(result.stderr.split('\n').filter(line => line !== '')).toHaveLength(result.events.length);
}

describe('2: usage', () => {
  test.each([
    [[], /command is missing/],
    [['burn'], /“burn” is not a command/],
    [['list', 'all'], /“all” is one word too many/],
    [['enroll', '--force'], /--force is not an option/],
    [['list', '--tps', 'x'], /list does not take --tps/],
    [['format', '--pin-file', 'x'], /format does not take --pin-file/],
    [['info', '--tps', 'x'], /info does not take --tps/],
    [['enroll', '--reader'], /--reader needs a value/],
    [['enroll', '--reader='], /--reader needs a value/],
    [['enroll', '--user', '--pin-file', 'x'], /--user needs a value/],
    [['enroll', '--user', 'a', '--user=b'], /--user is given twice/],
    [['enroll', '--cuid', '4090'], /--cuid has 20 hexadecimal digits/],
    [['list', '--all'], /list does not take --all/],
    [['list', '--json=yes'], /--json=yes is not an option/],
  ])('%j', async (args, message) => {
    const result = await escctl([...args, '--json']);
    expectFailure(result, 2, { operation: null, code: 'usage' });
    expect(result.report().message).toMatch(message);
  });

  test('an unknown way to show progress', async () => {
    const result = await escctl(['enroll', '--progress', 'loud', '--json']);
    expectFailure(result, 2, { operation: 'enroll', code: 'usage' });
    expect(result.report().message).toMatch(/--progress is one of/);
  });

  test('in words where nobody wants JSON', async () => {
    const { status, stdout, stderr } = await escctl(['burn']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^escctl: “burn” is not a command: .+\nSee escctl --help\.\n {2}ESC-1002 · usage\n$/,
    );
  });

  test('several cards are in, and none is named', async () => {
    const result = await escctl(['info', '--json']);
    expectFailure(result, 2, { operation: 'info', code: 'usage' });
    for (const card of [1, 2]) expect(result.report().message).toContain(reader(card));
    expect(result.report().message).toContain(cuid);
  });

  test.each([
    ['there is no such file', 'nowhere', /cannot be read/],
    ['the file is a folder', '.', /cannot be read/],
    ['the file is empty', 'empty', /holds no password/],
    ['the file holds only a newline', 'newline', /holds no password/],
    ['the file is too long', 'long', /is too long/],
    ['the file never ends', '/dev/zero', /is too long/],
    ['the file is not text', 'bytes', /is not text in UTF-8/],
  ])('%s', async (_what, name, message) => {
    const folder = demo.directory;
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'newline'), '\n');
    writeFileSync(join(folder, 'long'), 'x'.repeat(5000));
    writeFileSync(join(folder, 'bytes'), Uint8Array.of(0xff, 0xfe, 0x80));
    const file = name.startsWith('/') ? name : join(folder, name);
    const result = await escctl(['format', ...onCard1(), '--user=jsmith', '--password-file', file]);
    expectFailure(result, 2, { operation: 'format', cuid, code: 'usage', cardTouched: false });
    expect(result.report().message).toMatch(message);
  });

  test.each([
    ['has one line for two secrets', 'secret', /one line/],
    ['has an empty line for a password', `\n${pin}\n`, /holds no password/],
    ['has nothing', '', /one line/],
  ])('standard input %s', async (_what, input, message) => {
    const result = await escctl(['enroll', ...onCard1(), ...secrets], { input });
    expectFailure(result, 2, { operation: 'enroll', cuid, code: 'usage' });
    expect(result.report().message).toMatch(message);
  });

  test('there is nobody to ask', async () => {
    const forPin = await escctl(['enroll', ...onCard1()]);
    expectFailure(forPin, 2, { code: 'usage', cardTouched: false });
    expect(forPin.report().message).toContain('use --pin-file');
    const forUser = await escctl(['format', ...onCard1()]);
    expectFailure(forUser, 2, { code: 'usage', cardTouched: false });
    expect(forUser.report().message).toContain('use --user');
  });

  test('the address of the server is none', async () => {
    const result = await escctl(['format', ...onCard1(), '--tps', 'ftp://x/']);
    expectFailure(result, 2, { code: 'bad-url' });
  });

  test.each([['--version'], ['list', '--json']])('standard output is full: %s', (...args) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(escctlPath, args, {
      env: demo.environment,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(status).toBe(2);
    expect(stderr).toContain('Standard output cannot be written');
  });
});

describe('0', () => {
  test('help and version', async () => {
    const help = await escctl(['enroll', '--help']);
    expect(help.status).toBe(0);
    for (const word of ['reset-password', '--password-file', 'Exit status'])
      expect(help.stdout).toContain(word);
    expect((await escctl(['--version'])).stdout).toMatch(/^escctl \d+\.\d+\.\d+\n$/);
  });
});

describe('3: no such card', () => {
  test.each([
    ['reader', ['--reader', 'Nobody’s Reader']],
    ['CUID', ['--cuid', '00000000000000000000']],
    ['card in this reader', ['--reader', 'Virtual Reader 1 00 01', '--cuid', cuid]],
  ])('%s', async (_what, choice) => {
    const result = await escctl(['enroll', '--json', ...choice, ...secrets], login());
    expectFailure(result, 3, { operation: 'enroll', code: 'no-such-card' });
    expect(result.report().message).toContain(cuid);
  });
});

describe('1: refused', () => {
  test('by the program: a blank card has no password to reset', async () => {
    const result = await escctl(['reset-password', ...onCard1(), ...secrets], login());
    expectFailure(result, 1, { operation: 'reset-password', cuid, code: 'unsuitable-card' });
    expect(result.report().next).toBe('Enroll the card first.');
  });

  test('a card password that no server takes', async () => {
    const result = await escctl(['enroll', ...onCard1(), ...secrets], login('secret\nwith space\n'));
    expectFailure(result, 1, { code: 'pin-unsuitable', cardTouched: false });
    expect(result.stdout).not.toContain('with space');
  });

  test('by the server', async () => {
    fault = { kind: 'end', code: 26 };
    const result = await escctl(
      ['format', ...onCard1(), '--tps', tps.url, '--user=jsmith', '--password-file=-'],
      login('secret\n'),
    );
    expectFailure(result, 1, { operation: 'format', cuid, code: 'server-refused' });
    expect(result.report().facts).toMatchObject({ serverCode: 26, result: 'END_OP 26 DISABLED_TOKEN' });
  });
});

describe('5: network or TLS', () => {
  const format = (url: string): Promise<Result> =>
    escctl(['format', ...onCard1(), '--tps', url, '--user=jsmith', '--password-file=-'], login('secret\n'));

  test('nobody listens', async () => {
    const server = createServer();
    const { port } = await listening(server);
    await new Promise(closed => server.close(closed));
    const result = await format(`http://127.0.0.1:${port}/tps/tps`);
    expectFailure(result, 5, { code: 'connection-refused', cardTouched: false });
  });

  test('an unknown certification authority', async () => {
    expectFailure(await format(tps.httpsUrl), 5, { code: 'tls-error', cardTouched: false });
  });

  test('a server that is no TPS', async () => {
    const result = await format(tps.url.replace('/tps/tps', '/index.html'));
    expectFailure(result, 5, { code: 'http-status', cardTouched: false });
  });

  test('a server that hangs up in the middle', async () => {
    fault = { kind: 'hang-up' };
    expectFailure(await format(tps.url), 5, { code: 'server-closed' });
  });
});

describe('6: login refused', () => {
  test.each([
    ['a wrong password', 'jsmith', 'wrong'],
    ['an unknown user', 'nobody', 'secret'],
  ])('%s', async (_what, user, password) => {
    const result = await escctl(
      ['format', ...onCard1(), `--user=${user}`, '--password-file=-'],
      login(`${password}\n`),
    );
    expectFailure(result, 6, { code: 'login-refused', cardTouched: false });
  });
});

describe('7: cancelled', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s while it waits for its input', async signal => {
    const result = await escctl(['format', ...onCard1(), '--user=jsmith', '--password-file=-'], {
      openInput: true,
      started: ({ pid }) => {
        // `head` has to be there: from then on it waits for us.
        void eventually(() => childrenOf(pid).length === 2).then(() => kill(pid, signal));
      },
    });
    expectFailure(result, 7, { outcome: 'cancelled', code: 'cancelled', cardTouched: false });
  });

  test('SIGINT in mid-operation, as from a terminal to the whole group; the card is enrolled then', async () => {
    let interrupted = false;
    const result = await escctl(['enroll', ...onCard1(), '--progress=json', ...secrets], {
      ...login(),
      progress: ({ step }, { pid }) => {
        if (step !== 'loading-applet' || interrupted) return;
        interrupted = true;
        kill(-pid, 'SIGINT');
      },
    });
    expectFailure(result, 7, {
      operation: 'enroll',
      outcome: 'cancelled',
      code: 'cancelled',
      cardTouched: true,
      consequence: 'The card is unfinished now: format it, then enroll it.',
    });
    expect(result.events.at(-1)?.fraction).toBeLessThan(1);
    const again = await escctl(['enroll', ...onCard1(), ...secrets], login());
    expect(again.report()).toMatchObject({
      outcome: 'done',
      card: { status: 'ENROLLED', unfinished: false },
    });
  });
});

describe('8: card busy', () => {
  async function holding(
    share: 'shared' | 'exclusive',
    work: (card: CardConnection) => Promise<void>,
  ): Promise<void> {
    const card = await otherProgram.connect(reader(2), share);
    try {
      await work(card);
    } finally {
      await card.disconnect();
    }
  }

  test('another program holds it for itself', async () => {
    await holding('exclusive', async () => {
      const operation = await escctl(['format', '--json', '--reader', reader(2)]);
      expectFailure(operation, 8, { operation: 'format', code: 'card-busy', cardTouched: false });
      const info = await escctl(['info', '--json', '--reader', reader(2)]);
      expect(info.status).toBe(8);
      expect(info.json()).toMatchObject({ reader: reader(2), status: 'UNREADABLE', problem: 'card-busy' });
      // It may be the card that is held.
      const byCuid = await escctl(['format', '--json', '--cuid', '40906145C76200007778']);
      expectFailure(byCuid, 8, { code: 'card-busy' });
    });
  });

  test('another program is in a transaction; who wants another card does not wait for it', async () => {
    await holding('shared', card =>
      card.transaction(async () => {
        const busy = escctl(['info', '--json', '--reader', reader(2)]);
        const free = await Promise.race([
          busy.then(() => 'too late'),
          escctl(['info', ...onCard1()]).then(({ status }) => status),
        ]);
        expect(free).toBe(0);
        expect((await busy).json()).toMatchObject({ problem: 'card-busy' });
        expect((await busy).status).toBe(8);
      }),
    );
  });
});

describe('4: reader, card or pcscd lost', () => {
  const consequence = 'The card may be unfinished. Format it, then enroll it again.';

  test('pcscd is absent', async () => {
    const environment = { ...demo.environment, PCSCLITE_CSOCK_NAME: join(demo.directory, 'no-socket') };
    for (const command of ['list', 'enroll']) {
      const result = await escctl([command, '--json'], { environment });
      expectFailure(result, 4, { operation: command, code: 'pcscd-absent' });
    }
  });

  test('the card is pulled in mid-operation; put in again, it is enrolled', async () => {
    let pulled: Promise<void> | undefined;
    const result = await escctl(['format', ...onCard1(), '--progress=json', ...secrets.slice(0, 2)], {
      ...login('secret\n'),
      progress: ({ step }) => {
        if (step === 'loading-applet') pulled ??= demo.order('remove 1');
      },
    });
    expectFailure(result, 4, {
      operation: 'format',
      cuid,
      code: 'card-removed',
      cardTouched: true,
      consequence,
    });
    await pulled;
    await demo.order('insert 1');
    const again = await escctl(['enroll', ...onCard1(), ...secrets], login());
    expect(again.report()).toMatchObject({
      outcome: 'done',
      card: { status: 'ENROLLED', unfinished: false },
    });
  });

  test('the helper program is killed in mid-operation; in words', async () => {
    let shims: readonly string[] = [];
    const result = await escctl(
      ['format', '--reader', reader(1), '--progress=json', ...secrets.slice(0, 2)],
      {
        ...login('secret\n'),
        progress: ({ step }, { pid }) => {
          if (step !== 'loading-applet' || shims.length > 0) return;
          shims = childrenOf(pid);
          for (const shim of shims) kill(Number(shim), 'SIGKILL');
        },
      },
    );
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 4, stdout: '' });
    const words = result.stderr.split('\n').filter(line => line !== '' && !line.startsWith('{'));
    expect(words[0]).toMatch(/^escctl: The helper program .+ has stopped\./);
    expect(words[1]).toBe(consequence);
  });

  test('pcscd is killed in mid-operation', async () => {
    const pcscd = Number.parseInt(readFileSync(join(demo.directory, 'readers/run/pcscd.pid'), 'utf8'), 10);
    let killed = false;
    const result = await escctl(['format', ...onCard1(), '--progress=json', ...secrets.slice(0, 2)], {
      ...login('secret\n'),
      progress: ({ step }) => {
        if (step !== 'loading-applet' || killed) return;
        killed = true;
        kill(pcscd, 'SIGKILL');
      },
    });
    expectFailure(result, 4, {
      operation: 'format',
      cuid,
      code: 'pcscd-stopped',
      cardTouched: true,
      consequence,
    });
  });
});
