/** escctl makes browsers and mail programs use the card: profiles that Firefox and NSS's own tools made. */
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inSandbox } from '../support/agent/sandbox.js';
import { Home } from '../support/browsers/home.js';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { escctl as program } from '../support/demo/programs.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { end } from '../support/processes.js';

const onepin = '/usr/lib/x86_64-linux-gnu/onepin-opensc-pkcs11.so';
const opensc = '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so';
const proxy = '/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so';

interface Listed {
  readonly modules: readonly {
    readonly name: string;
    readonly path: string;
    readonly knownToP11Kit: boolean;
  }[];
  readonly profiles: readonly {
    readonly program: string;
    readonly name: string;
    readonly folder: string;
    readonly sandbox: string | null;
    readonly open: boolean;
    readonly modules: readonly { readonly name: string; readonly library: string }[];
    readonly byP11Kit: boolean;
  }[];
}

interface ByHand {
  readonly steps: readonly { readonly title: string; readonly text: string }[];
}

let demo: Demo;
let home: Home;
/** Made by Firefox. */
let firefox: string;

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  home = new Home(demo.environment);
  [firefox] = await Promise.all([home.firefoxProfile('work'), enrollCard(demo, { pin: 'Browser.1' })]);
});

afterAll(async () => {
  await home.remove();
  await demo.end();
});

function registerModule(...args: string[]): Promise<Result> {
  return runEscctl(['register-module', '--json', ...args], { environment: home.environment });
}

async function list(): Promise<Listed> {
  return (await registerModule('--list')).json() as Listed;
}

/** @param system around the sandbox, if it is not this one */
function inFlatpak(args: readonly string[], system: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const [first = '', ...rest] = inSandbox(mkdtempSync(join(home.folder, 'sandbox-')), program);
  const env = { ...home.environment, ...system };
  return spawnSync(first, [...rest, ...args], { env, encoding: 'utf8' });
}

async function stateOf(folder: string): Promise<Listed['profiles'][number]> {
  const found = (await list()).profiles.find(profile => profile.folder === folder);
  if (found === undefined) throw new Error(`${folder} is not listed`);
  return found;
}

function moduleFile(folder: string): string {
  return readFileSync(join(folder, 'pkcs11.txt'), 'utf8');
}

test('the modules that are installed are listed, the one that the guide names first', async () => {
  const { modules } = await list();
  expect(modules).toEqual([
    { name: 'OpenSC (One PIN)', path: onepin, knownToP11Kit: false },
    { name: 'OpenSC', path: opensc, knownToP11Kit: true },
    { name: 'CoolKey', path: '/usr/lib/pkcs11/libcoolkeypk11.so', knownToP11Kit: false },
  ]);
});

test.each([
  ['register-module', ['Firefox and Thunderbird', 'Security Devices', `-libfile ${onepin}`]],
  ['register-module --list', ['Firefox and Thunderbird']],
  ['register-module --p11-kit', ['Firefox and Thunderbird']],
  ['trust', ['Trust the Issuer', 'Authorities', 'Compare the fingerprints']],
])('under Flatpak, which keeps escctl from browsers, it says how it is done by hand: %s', (command, said) => {
  const { status, stdout, stderr } = inFlatpak(command.split(' '));
  expect(status, stderr).toBe(1);
  expect(stdout).toContain('runs in a sandbox (Flatpak)');
  for (const words of said) expect(stdout).toContain(words);
  const report = JSON.parse(inFlatpak([...command.split(' '), '--json']).stdout) as ByHand;
  expect(report).toMatchObject({ outcome: 'failed', code: 'nss-refused' });
  for (const { title, text } of report.steps) expect(stdout).toContain(`${title}\n  ${text}`);
  expect(report.steps).not.toEqual([]);
});

test('under Flatpak it names the file of the module as the system around it does', () => {
  const steps = (osRelease: string): ByHand['steps'] =>
    (JSON.parse(inFlatpak(['register-module', '--json'], { HOST_OS_RELEASE: osRelease }).stdout) as ByHand)
      .steps;
  const title = 'The File of the Module';
  expect(steps('ID=debian')).toContainEqual({ title, text: onepin });
  const fedora = '/usr/lib64/onepin-opensc-pkcs11.so';
  expect(steps('ID=fedora')).toContainEqual({ title, text: fedora });
  expect(steps('ID=fedora').some(({ text }) => text.endsWith(`-libfile ${fedora}`))).toBe(true);
});

test('under Flatpak a check-up does not say that there is no module: it cannot see the ones of the system', () => {
  const { stdout } = inFlatpak(['diagnostics', '--check', '--json']);
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly object[] };
  expect(checks).toContainEqual(
    expect.objectContaining({
      check: 'pkcs11',
      state: 'skipped',
      message: expect.stringContaining('Flatpak') as unknown,
    }),
  );
});

describe('a profile that Firefox made', () => {
  test('does not know the card at first', async () => {
    expect(await stateOf(firefox)).toMatchObject({
      program: 'Firefox',
      name: 'work',
      sandbox: null,
      open: false,
      modules: [],
      byP11Kit: false,
    });
  });

  test('knows it after one command: NSS lists the token and its certificates through the module', async () => {
    const result = await registerModule('--folder', firefox);
    expect(result.json()).toMatchObject({ outcome: 'done', module: { path: onepin } });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect((await stateOf(firefox)).modules).toEqual([{ name: 'OpenSC (One PIN)', library: onepin }]);
    const modules = home.run('modutil', '-dbdir', `sql:${firefox}`, '-list');
    const ours = modules.slice(modules.indexOf('OpenSC (One PIN)'));
    expect(ours).toContain(`library name: ${onepin}`);
    expect(ours).toContain('status: loaded');
    expect(ours).toContain('token: jsmith');
    const certificates = home.run('certutil', '-L', '-d', `sql:${firefox}`, '-h', 'all');
    expect(certificates.match(/^jsmith.*:.*jsmith/gm)).toHaveLength(2);
  });

  test('is left as it is when it is set up again', async () => {
    const before = moduleFile(firefox);
    expect((await registerModule('--folder', firefox)).status).toBe(0);
    expect(moduleFile(firefox)).toBe(before);
  });

  test('is not touched while Firefox has it open, but is when Firefox crashed and left its lock', async () => {
    const running = await home.openFirefox(firefox);
    try {
      expect(await stateOf(firefox)).toMatchObject({ open: true });
      const refused = await registerModule('--folder', firefox, '--remove');
      expect(refused.status).toBe(1);
      expect(refused.json()).toMatchObject({
        outcome: 'failed',
        code: 'profile-open',
        message: 'Firefox (work) is open.',
      });
      expect((await stateOf(firefox)).modules).toHaveLength(1);
    } finally {
      await end(running, 'SIGKILL');
    }
    expect(readlinkSync(join(firefox, 'lock'))).toContain(`+${running.pid ?? 0}`);
    expect(await stateOf(firefox)).toMatchObject({ open: false });
  });

  test('still starts, and keeps the module', async () => {
    await end(await home.openFirefox(firefox));
    expect((await stateOf(firefox)).modules).toHaveLength(1);
  });

  test('loses the module by one command, and nothing else', async () => {
    expect((await registerModule('--folder', firefox, '--remove')).status).toBe(0);
    expect(await stateOf(firefox)).toMatchObject({ modules: [] });
    expect(moduleFile(firefox)).toContain('name=NSS Internal PKCS #11 Module');
  });

  test('is as before when the module cannot be loaded', async () => {
    const before = moduleFile(firefox);
    const none = await registerModule('--folder', firefox, '--module', '/nonexistent.so');
    expect(none.report()).toMatchObject({ code: 'nss-refused' });
    expect(none.report().message).toContain('/nonexistent.so is not a library for this computer');
    const other = await registerModule(
      '--folder',
      firefox,
      '--module',
      '/usr/lib/x86_64-linux-gnu/libz.so.1',
    );
    expect(other.stdout).toContain('C_GetFunctionList');
    expect(moduleFile(firefox)).toBe(before);
  });
});

describe('profiles', () => {
  const folders: Record<string, string> = {};

  beforeAll(() => {
    folders.mail = home.listedProfile('.thunderbird', 'mail', 'Primary.1');
    folders.old = home.listedProfile('.mozilla/firefox', 'old');
    folders.snap = home.listedProfile('snap/firefox/common/.mozilla/firefox', 'default');
    folders.flatpak = home.listedProfile('.var/app/org.mozilla.firefox/.mozilla/firefox', 'default');
    folders.chromium = home.database('.pki/nssdb');
  });

  test('of Thunderbird, Chromium, Snap and Flatpak, and those in the older place, are found', async () => {
    const found = (await list()).profiles.map(({ program: name, sandbox, folder }) => [
      name,
      sandbox,
      folder,
    ]);
    expect(found).toEqual([
      ['Firefox', null, folders.old],
      ['Firefox', null, firefox],
      ['Firefox', 'snap', folders.snap],
      ['Firefox', 'flatpak', folders.flatpak],
      ['Thunderbird', null, folders.mail],
      ['Chromium', null, folders.chromium],
    ]);
  });

  test('have to be named where there are several', async () => {
    const result = await registerModule();
    expect(result.status).toBe(2);
    expect(result.report().message).toContain('Thunderbird (mail)');
    expect(result.report().message).not.toContain('snap');
  });

  test('are all set up by --all, with a primary password too, and without those in a sandbox', async () => {
    const result = await registerModule('--all');
    expect(result.status).toBe(0);
    const known = (await list()).profiles.map(({ sandbox, modules }) => [sandbox, modules.length]);
    expect(known).toEqual([
      [null, 1],
      [null, 1],
      ['snap', 0],
      ['flatpak', 0],
      [null, 1],
      [null, 1],
    ]);
    expect((await registerModule('--all', '--remove')).status).toBe(0);
    expect((await list()).profiles.every(({ modules }) => modules.length === 0)).toBe(true);
  });

  test('in a sandbox are refused, with the reason', async () => {
    const result = await registerModule('--folder', folders.snap ?? '');
    expect(result.json()).toMatchObject({ code: 'nss-refused' });
    expect(result.report().message).toContain('Firefox (default) runs in a sandbox');
  });

  test('of Chromium are open while it runs, and not when it left its lock behind', async () => {
    mkdirSync(join(home.folder, '.config/chromium'), { recursive: true });
    copyFileSync('/bin/sleep', join(home.folder, 'chromium'));
    const running = spawn(join(home.folder, 'chromium'), ['1000']);
    await new Promise(resolve => running.once('spawn', resolve));
    symlinkSync(`${hostname()}-${running.pid ?? 0}`, join(home.folder, '.config/chromium/SingletonLock'));
    expect(await stateOf(folders.chromium ?? '')).toMatchObject({ open: true });
    await end(running, 'SIGKILL');
    expect(await stateOf(folders.chromium ?? '')).toMatchObject({ open: false });
  });

  test('with a database that only the program itself can take over are left alone', async () => {
    const folder = join(home.folder, 'legacy');
    mkdirSync(folder);
    writeFileSync(join(folder, 'cert8.db'), '');
    const result = await registerModule('--folder', folder);
    expect(result.report().message).toContain('keeps its certificates in an old form');
  });

  test('that were never used are set up nonetheless', async () => {
    const folder = join(home.folder, 'never-used');
    mkdirSync(folder);
    expect((await registerModule('--folder', folder)).status).toBe(0);
    expect(moduleFile(folder)).toContain(onepin);
  });

  test('that load p11-kit-proxy know what p11-kit knows', async () => {
    const old = folders.old ?? '';
    home.run('modutil', '-dbdir', `sql:${old}`, '-force', '-add', 'p11-kit-proxy', '-libfile', proxy);
    expect(await stateOf(old)).toMatchObject({ modules: [], byP11Kit: true });
  });

  test('cannot be set up without the tools of NSS, and it is said which package has them', async () => {
    const environment = { ...home.environment, PATH: '/nonexistent' };
    const result = await runEscctl(['register-module', '--json', '--folder', firefox], { environment });
    expect(result.report()).toMatchObject({ code: 'nss-tools-missing' });
    const { results } = result.json() as { results: readonly { readonly next: string }[] };
    expect(results[0]?.next).toContain('libnss3-tools');
  });
});

describe('p11-kit', () => {
  /** As a user who is not root, whose files p11-kit does not read. */
  const asUser = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000'] : ['env'];
  const run = (...command: string[]): string => home.run(asUser[0] ?? '', ...asUser.slice(1), ...command);

  test('is told of the module for this user, and is told otherwise again', () => {
    expect(run('p11-kit', 'list-modules')).not.toContain('io.github.escproject.Esc');
    run(program, 'register-module', '--p11-kit');
    expect(run('p11-kit', 'list-modules')).toMatch(`io.github.escproject.Esc: ${onepin}`);
    expect(run(program, 'register-module', '--list')).toContain('Module OpenSC (One PIN), known to p11-kit');
    run(program, 'register-module', '--p11-kit', '--remove');
    expect(run('p11-kit', 'list-modules')).not.toContain('io.github.escproject.Esc');
  });
});
