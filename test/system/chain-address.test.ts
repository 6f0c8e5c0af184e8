/** Where the CA's chain is, when nobody is told by hand: as Phone Home says, else the usual place on the TPS's host. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inSandbox } from '../support/agent/sandbox.js';
import { Ca, caNickname, caSha256 } from '../support/browsers/ca.js';
import { Home } from '../support/browsers/home.js';
import { Demo } from '../support/demo/demo.js';
import { esc, escctl } from '../support/demo/programs.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { escctlOnTerminal } from '../support/escctl/terminal.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { DrivenWindow } from '../support/window/driver.js';
import { inLines } from '../support/window/fingerprint.js';
import { pictureFile } from '../support/window/pictures.js';

/** On this machine's loopback, where nothing else listens. */
const host = '127.45.80.80';
const usual = `http://${host}:8080/ca/ee/ca/getCAChain?op=downloadBIN`;
const isGuess = 'The address is the usual one on the server of your card. Check it before you go on.';

let demo: Demo;
let home: Home;
let ca: Ca;
let profile: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  home = new Home(demo.environment);
  // Of the demo are the settings, too.
  environment = { ...home.environment, XDG_CONFIG_HOME: demo.environment.XDG_CONFIG_HOME };
  profile = home.database('.pki/nssdb');
  ca = await Ca.start(host, 8080);
});
afterAll(async () => {
  ca.close();
  await Promise.all([demo.end(), home.remove()]);
});

function settings(...lines: string[]): void {
  writeFileSync(demo.settings, ['[io/github/escproject/Esc]', ...lines, ''].join('\n'));
}

function trust(...args: string[]): Promise<Result> {
  return runEscctl(['trust', '--json', '--folder', profile, ...args], { environment });
}

function isTrusted(): boolean {
  return home.run('certutil', '-L', '-d', `sql:${profile}`).includes(caNickname);
}

/** @param command that opens the window of the browsers by itself */
async function inWindow(
  work: (window: DrivenWindow) => Promise<void>,
  command?: readonly string[],
): Promise<void> {
  const window = await DrivenWindow.start(command ?? [esc], environment, { height: 1000 });
  try {
    if (command === undefined) {
      await window.findPart('push button', 'Format');
      await window.activate('browsers');
    }
    await window.find('frame', 'Use in Browsers and Mail');
    await work(window);
  } finally {
    await window.end();
  }
}

describe('a card of which only the TPS is known', () => {
  beforeAll(() => settings(`fallback-tps-url='http://${host}:4711/tps/tps'`));

  test('is proposed the usual place on the host of the TPS', async () => {
    const listed = (await trust('--list')).json();
    expect(listed).toMatchObject({ from: usual, chain: [{ sha256: caSha256 }] });
    expect(isTrusted()).toBe(false);
  });

  test('which is shown for confirmation on the terminal, with the fingerprint', async () => {
    const answer = (word: string): ReturnType<typeof escctlOnTerminal> =>
      escctlOnTerminal(['trust', '--folder', profile], [['yes/no. ', `${word}\n`]], environment);
    const declined = await answer('no');
    expect(declined.screen).toContain(`From ${usual}:`);
    expect(declined.screen).toContain(caSha256.replace(/..(?=.)/g, '$&:'));
    expect(isTrusted()).toBe(false);
    expect((await answer('yes')).status).toBe(0);
    expect(isTrusted()).toBe(true);
    expect((await trust('--remove')).status).toBe(0);
    expect(isTrusted()).toBe(false);
  });

  test('and in the window, which says that it is a guess', async () => {
    await inWindow(async window => {
      await window.find('list item', isGuess);
      await window.press('push button', 'Show');
      await window.find('label', inLines(caSha256));
      await window.picture(pictureFile('browsers-proposed'));
    });
  });

  test('and it is said what came of each step', async () => {
    await inWindow(async window => {
      await window.find('list item', isGuess);
      await window.listen();
      await window.press('push button', 'Show');
      await window.hear('Compare the fingerprints before you trust');
      // Nothing is ticked for the person: it is trusted for nothing yet.
      expect((await window.find('push button', 'Trust')).states).not.toContain('sensitive');
      for (const purpose of ['Web Sites', 'Mail']) await window.tick(purpose);
      await window.press('push button', 'Trust');
      await window.hear('In Chromium: Trusted for web sites and mail');
      expect(isTrusted()).toBe(true);
      await window.press('push button', 'Remove');
      await window.hear('In Chromium: Not there');
      expect(isTrusted()).toBe(false);
    });
  });

  test('as well when it is put in after the window was opened, but not over what was typed', async () => {
    const opened = [esc, '--page=browsers'];
    await demo.order('remove 1');
    await inWindow(async window => {
      await demo.order('insert 1');
      await window.find('list item', isGuess);
      await window.press('push button', 'Show');
      await window.find('label', inLines(caSha256));
    }, opened);
    await demo.order('remove 1');
    await inWindow(async window => {
      await window.type('text', 'Address of the CA Certificate Chain', ca.url('displayIND'));
      await demo.order('insert 1');
      await window.find('push button', 'Format');
      await window.press('push button', 'Show');
      await window.find('label', inLines(caSha256));
      await window.gone('list item', isGuess);
    }, opened);
  });

  test('under Flatpak, where it is told with the steps by hand', async () => {
    const sandboxed = (program: string): readonly string[] =>
      inSandbox(mkdtempSync(join(home.folder, 'sandbox-')), program);
    const [first = '', ...rest] = sandboxed(escctl);
    const { stdout } = spawnSync(first, [...rest, 'trust'], { env: environment, encoding: 'utf8' });
    expect(stdout).toContain(`Address of the CA Certificate Chain\n  ${usual}\n`);
    await inWindow(
      async window => {
        await window.find('label', usual);
        await window.press('push button', 'Copy Address of the CA Certificate Chain');
        await window.find('label', 'Copied');
        await expect.poll(() => window.clipboard()).toBe(usual);
        await window.picture(pictureFile('browsers-by-hand-address'));
      },
      [...sandboxed(esc), '--page=browsers'],
    );
  });
});

test('a card whose Phone Home document names the place is not proposed another', async () => {
  const named = ca.url('displayIND');
  const operation = `http://${host}:4711/tps/tps`;
  const issuer = await DocumentServer.start({ Operation: operation, CAChainUI: named });
  try {
    settings(`global-phone-home-url='${issuer.url}'`);
    expect((await trust('--list')).json()).toMatchObject({ from: named, chain: [{ sha256: caSha256 }] });
    await inWindow(async window => {
      await window.press('push button', 'Show');
      await window.find('label', inLines(caSha256));
      await window.gone('list item', isGuess);
    });
  } finally {
    await issuer.end();
  }
});

test('where nobody says anything, escctl asks for --from', async () => {
  await runEscctl(['phone-home', 'clear', '--all'], { environment });
  settings();
  const result = await trust('--list');
  expect(result.status).toBe(2);
  expect(result.report().message).toContain('use --from');
});
