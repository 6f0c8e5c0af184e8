/** escctl has browsers and mail programs trust the CA, and the window does so by clicks. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ca, caNickname, caSha256 } from '../support/browsers/ca.js';
import { Home } from '../support/browsers/home.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl, type Result, type RunOptions } from '../support/escctl/escctl.js';
import { end } from '../support/processes.js';
import { DrivenWindow } from '../support/window/driver.js';
import { inLines } from '../support/window/fingerprint.js';
import { pictureFile } from '../support/window/pictures.js';

const file = resolve(import.meta.dirname, '../transcripts/chain/ee_ca_getCAChain_op_downloadBIN.body');

let home: Home;
let ca: Ca;
/** Made by Firefox; the other has a primary password. */
let firefox: string;
let mail: string;

beforeAll(async () => {
  home = new Home({ ...process.env, GSETTINGS_BACKEND: 'memory' });
  ca = await Ca.start();
  firefox = await home.firefoxProfile('work');
  mail = home.listedProfile('.thunderbird', 'mail', 'Primary.1');
});

afterAll(async () => {
  ca.close();
  await home.remove();
});

function trust(folder: string, args: readonly string[], options: Partial<RunOptions> = {}): Promise<Result> {
  const command = ['trust', '--json', '--folder', folder, ...args];
  return runEscctl(command, { environment: home.environment, ...options });
}

/** A certutil that writes down first what others can see of it and of who runs it. */
function watchedCertutil(): { readonly environment: NodeJS.ProcessEnv; readonly seen: () => string } {
  const folder = join(home.folder, 'watched');
  const list = join(folder, 'seen');
  const real = home.run('which', 'certutil').trim();
  mkdirSync(folder);
  const script = `#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ /proc/$PPID/cmdline /proc/$PPID/environ >>'${list}'\n`;
  writeFileSync(join(folder, 'certutil'), `${script}exec ${real} "$@"\n`, { mode: 0o755 });
  const environment = { ...home.environment, PATH: `${folder}:${process.env.PATH ?? ''}` };
  return { environment, seen: () => readFileSync(list, 'latin1') };
}

/** The flags of the CA's certificate as certutil tells them; undefined where it is not there. */
function flags(folder: string): string | undefined {
  const line = home
    .run('certutil', '-L', '-d', `sql:${folder}`)
    .split('\n')
    .find(each => each.startsWith(caNickname));
  return line?.slice(caNickname.length).trim();
}

describe('a profile that Firefox made', () => {
  test('is told of the chain, its fingerprints and whether it is trusted, and is not changed', async () => {
    const result = await trust(firefox, ['--from', ca.url('displayIND'), '--list']);
    expect(result.json()).toMatchObject({
      chain: [
        { subject: 'CN=CA Signing Certificate,OU=pki-tomcat,O=EXAMPLE', sha256: caSha256, isTop: true },
      ],
      profiles: [{ name: 'work', present: false, web: false, mail: false }],
    });
    expect(flags(firefox)).toBeUndefined();
  });

  test('trusts it for web sites alone, then for both, then not at all', async () => {
    expect((await trust(firefox, ['--from', ca.url('downloadBIN'), '--for', 'web', '--yes'])).status).toBe(0);
    expect(flags(firefox)).toBe('C,,');
    const pem = home.run('certutil', '-L', '-d', `sql:${firefox}`, '-n', caNickname, '-a');
    const der = Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64');
    expect(createHash('sha256').update(der).digest('hex').toUpperCase()).toBe(caSha256);
    expect((await trust(firefox, ['--from', file, '--yes'])).status).toBe(0);
    expect(flags(firefox)).toBe('C,C,');
    const listed = await trust(firefox, ['--from', file, '--list']);
    expect(listed.json()).toMatchObject({ profiles: [{ present: true, web: true, mail: true }] });
    expect((await trust(firefox, ['--from', file, '--remove'])).status).toBe(0);
    expect(flags(firefox)).toBeUndefined();
  });

  test('is not asked where nobody can answer, nor changed', async () => {
    const result = await trust(firefox, ['--from', file]);
    expect(result.status).toBe(2);
    expect(result.report().message).toContain('use --yes');
    expect(flags(firefox)).toBeUndefined();
  });

  test('is not touched while it is open', async () => {
    const running = await home.openFirefox(firefox);
    try {
      expect((await trust(firefox, ['--from', file, '--yes'])).report()).toMatchObject({
        code: 'profile-open',
      });
    } finally {
      await end(running);
    }
  });
});

test('a profile whose database cannot be read is told as such, and left as it is', async () => {
  const torn = home.database('torn');
  writeFileSync(join(torn, 'key4.db'), 'not a database');
  const listed = await trust(torn, ['--from', file, '--list']);
  expect(listed.json()).toMatchObject({ profiles: [{ present: null, web: null, mail: null }] });
  const lines = await runEscctl(['trust', '--folder', torn, '--from', file, '--list'], {
    environment: home.environment,
  });
  expect(lines.stdout).toContain('its certificates cannot be read');
  const result = await trust(torn, ['--from', file, '--yes']);
  expect(result.report()).toMatchObject({ code: 'nss-refused' });
  expect(result.stdout).toContain('SEC_ERROR_BAD_DATABASE');
  expect(readFileSync(join(torn, 'key4.db'), 'utf8')).toBe('not a database');
});

describe('a profile with a primary password', () => {
  test('is as before when the password is missing or another one', async () => {
    const none = await trust(mail, ['--from', file, '--yes']);
    expect(none.report()).toMatchObject({ code: 'primary-password' });
    expect(none.status).toBe(6);
    expect(flags(mail)).toBeUndefined();
    const wrong = await trust(mail, ['--from', file, '--yes', '--password-file=-'], { input: 'Wrong.1\n' });
    expect(wrong.report()).toMatchObject({ code: 'primary-password' });
    expect(flags(mail)).toBeUndefined();
  });

  test('trusts it with the password, which nobody sees', async () => {
    const { environment, seen } = watchedCertutil();
    const result = await trust(mail, ['--from', file, '--yes', '--password-file=-'], {
      input: 'Primary.1\n',
      environment,
    });
    expect(result.json()).toMatchObject({ outcome: 'done' });
    expect(flags(mail)).toBe('C,C,');
    expect(seen()).toMatch(/certutil[^]*escctl/);
    expect(seen() + result.stdout + result.stderr).not.toContain('Primary.1');
    expect((await trust(mail, ['--from', file, '--remove'])).status).toBe(0);
  });
});

const refused: readonly (readonly [string, () => string, string, number])[] = [
  ['a page that is not there', () => ca.url('nothing').replace('getCAChain', 'nowhere'), 'http-status', 5],
  ['a server that does not listen', () => 'http://127.0.0.1:9/ca', 'connection-refused', 5],
  ['a file without a certificate', () => join(home.folder, 'empty'), 'no-ca-chain', 1],
  ['a file that is not there', () => join(home.folder, 'nowhere'), 'usage', 2],
];

test.each(refused)('%s is told', async (_name, place, code, status) => {
  writeFileSync(join(home.folder, 'empty'), 'nothing');
  const result = await trust(firefox, ['--from', place(), '--yes']);
  expect(result.report()).toMatchObject({ code });
  expect(result.status).toBe(status);
});

test('a server that does not answer can be called off, and what went wrong can be copied', async () => {
  const silent = createServer(connection => connection.on('error', () => undefined).resume());
  await new Promise<void>(listening => silent.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const title = 'Address of the CA Certificate Chain';
  const window = await DrivenWindow.start([esc], home.environment, { height: 1400 });
  try {
    await window.find('frame', 'Smart Card Manager');
    await window.activate('browsers');
    await window.type('text', title, address);
    const asked = once(silent, 'connection');
    await window.press('push button', 'Show');
    await asked;
    await window.find('push button', 'Cancel');
    await window.picture(pictureFile('browsers-chain-loading'));
    await window.press('push button', 'Cancel');
    await window.usable('push button', 'Show');
    expect((await window.tree()).filter(({ role }) => role === 'dialog')).toEqual([]);

    silent.close();
    await window.listen();
    await window.type('text', title, address.replace(/\d+\/$/, '9/'));
    await window.press('push button', 'Show');
    await window.press('push button', 'Copy Details');
    await window.find('label', 'Copied');
    await window.hear('Copied');
    await window.picture(pictureFile('browsers-failure-copied'));
    expect(await window.clipboard()).toContain('127.0.0.1:9');
  } finally {
    await window.end();
    silent.close();
  }
});

test('by clicks: the chain is shown with its fingerprints, trusted, and no longer', async () => {
  const window = await DrivenWindow.start([esc], home.environment, { width: 620, height: 1400 });
  try {
    await window.find('frame', 'Smart Card Manager');
    await window.activate('browsers');
    await window.type('text', 'Address of the CA Certificate Chain', ca.url('downloadBIN'));
    await window.press('push button', 'Show');
    await window.find('label', inLines(caSha256));
    await window.find('list item', 'In Firefox (work)');
    await window.fill();
    await window.picture(pictureFile('browsers-chain'));
    for (const purpose of ['Web Sites', 'Mail']) await window.tick(purpose);
    await window.press('push button', 'Trust');
    await window.find('dialog', 'Primary Password of Thunderbird (mail)');
    await window.type('text', 'Primary Password', 'Primary.1');
    await window.picture(pictureFile('browsers-primary-password'));
    await window.press('push button', 'OK');
    await window.gone('dialog', 'Primary Password of Thunderbird (mail)');
    await window.find('push button', 'Remove');
    await window.gone('label', 'Not there');
    await window.picture(pictureFile('browsers-trusted'));
    expect([flags(firefox), flags(mail)]).toEqual(['C,C,', 'C,C,']);
    await window.press('push button', 'Remove');
    await window.gone('label', 'Trusted for web sites and mail');
    expect([flags(firefox), flags(mail)]).toEqual([undefined, undefined]);
    expect(readFileSync(join(firefox, 'pkcs11.txt'), 'utf8')).toContain('NSS Internal PKCS #11 Module');
  } finally {
    await window.end();
  }
});
