/** escctl tests a card, changes its password and exports certificates; Debian's NSS tools use the card then. */
import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { escctlOnTerminal } from '../support/escctl/terminal.js';
import { modules, tool } from '../support/pkcs11/token.js';

const pin = 'Secret.12';
const newPin = 'Another-Secret.1';

let demo: Demo;
let printed = '';

async function escctl(args: readonly string[], input = ''): Promise<Result> {
  const result = await runEscctl(args, { environment: demo.environment, input });
  printed += result.stdout + result.stderr;
  return result;
}

beforeAll(async () => {
  demo = await Demo.start({ pinTries: 4 });
  const secrets = ['--password-file=-', '--pin-file=-'];
  const result = await escctl(
    ['enroll', '--json', '--user', demo.user, ...secrets],
    `${demo.password}\n${pin}\n`,
  );
  expect(result.report()).toMatchObject({ outcome: 'done' });
});

afterAll(() => demo.end());

test('changes the password by the present one, without the server', async () => {
  const conversations = demo.log('tps.log').length;
  const files = ['--pin-file=-', '--new-pin-file=-'];
  const result = await escctl(['change-password', '--json', ...files], `${pin}\n${newPin}\n`);
  expect(result.report()).toMatchObject({ operation: 'change-password', outcome: 'done', code: 'done' });
  expect(demo.log('tps.log')).toHaveLength(conversations);
});

test('tests each key, and tells how it did', async () => {
  const result = await escctl(['test-card', '--pin-file=-'], newPin);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(result.stdout).toBe(
    'signing key for jsmith: signs correctly\nencryption key for jsmith: decrypts correctly\nThe card works.\n',
  );
  const document = await escctl(['test-card', '--json', '--pin-file=-'], newPin);
  expect(document.json()).toMatchObject({
    outcome: 'done',
    keys: [
      { number: 2, kind: 'rsa', bits: 2048, job: 'sign', result: 'works' },
      { number: 4, kind: 'rsa', bits: 2048, job: 'decrypt', result: 'works' },
    ],
  });
});

test('asks on the terminal without echo, with the attempts left before', async () => {
  const result = await escctlOnTerminal(
    ['test-card'],
    [
      ['4 attempts left.(?s:.)*Card password: ', 'wrong one\n'],
      ['wrong. 3 attempts left.(?s:.)*Card password: ', `${newPin}\n`],
    ],
    demo.environment,
  );
  expect(result).toMatchObject({ status: 0, echo: [false, false], echoAtEnd: true });
  expect(result.screen).toContain('The card works.');
  expect(result.screen).not.toContain(newPin);
});

describe('export', () => {
  test('of all certificates as PEM on standard output', async () => {
    const { status, stdout } = await escctl(['certificates', 'export']);
    expect(status).toBe(0);
    expect(stdout.match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(2);
  });

  test.each(['pem', 'der'])('of one as a %s file that openssl reads', async format => {
    const output = join(demo.directory, `certificate.${format}`);
    const label = 'signing key for jsmith';
    const result = await escctl([
      'certificates',
      'export',
      '--json',
      '--format',
      format,
      '--output',
      output,
      '--label',
      label,
    ]);
    const { fingerprint256 } = new X509Certificate(readFileSync(output));
    expect(result.json()).toEqual({
      output,
      format,
      certificates: [{ label, sha256: fingerprint256.replaceAll(':', '') }],
    });
    const text = execFileSync('openssl', ['x509', '-inform', format, '-in', output, '-noout', '-subject']);
    expect(text.toString()).toContain('CN = John Smith');
  });

  test.each([
    ['another format', ['--format', 'p12']],
    ['two certificates in DER', ['--format', 'der', '--output', '/tmp/none']],
    ['a name that is not there', ['--label', 'nobody']],
    ['a folder that is not there', ['--output', '/nowhere/at/all']],
    ['two documents on standard output', ['--json']],
  ])('of %s is refused', async (_what, options) => {
    expect((await escctl(['certificates', 'export', ...options])).status).toBe(2);
  });
});

test('Debian’s NSS tools log in over TLS, sign and decrypt with the card', async () => {
  const folder = join(demo.directory, 'nss');
  mkdirSync(folder);
  const path = (name: string): string => join(folder, name);
  const environment = { ...demo.environment, HOME: folder };
  const run = (program: string, ...args: string[]): Promise<string> => tool(environment, program, ...args);
  const [openSc] = modules;
  const database = `sql:${folder}`;
  writeFileSync(path('pin'), newPin, { mode: 0o600 });
  await run('certutil', '-N', '-d', database, '--empty-password');
  await run('modutil', '-dbdir', database, '-add', 'card', '-libfile', openSc.path, '-force');
  await run(
    'certutil',
    '-A',
    '-d',
    database,
    '-n',
    'ca',
    '-t',
    'CT,C,',
    '-i',
    join(demo.directory, 'ca.pem'),
  );
  const token = openSc.labelOf(demo.user);
  const signing = `${token}:signing key for ${demo.user}`;
  await run(
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-days',
    '2',
    ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', path('server.key'), '-out', path('server.pem')],
  );
  await run('certutil', '-A', '-d', database, '-n', 'server', '-t', 'CP,,', '-i', path('server.pem'));
  const server = spawn('openssl', [
    ...['s_server', '-accept', '0', '-cert', path('server.pem'), '-key', path('server.key'), '-www'],
    ...['-Verify', '1', '-verify_return_error', '-CAfile', join(demo.directory, 'ca.pem')],
  ]);
  try {
    let said = '';
    server.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const port = await new Promise<string>(resolve => {
      server.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        const found = /ACCEPT \S*:(\d+)/.exec(said);
        if (found?.[1] !== undefined) resolve(found[1]);
      });
    });
    writeFileSync(path('request'), 'GET / HTTP/1.0\r\n\r\n');
    const page = execFileSync(
      '/bin/sh',
      [
        '-c',
        'tstclnt -h localhost -p "$1" -d "$2" -n "$3" -W "$4" <"$5"',
        'sh',
        port,
        database,
        signing,
        path('pin'),
        path('request'),
      ],
      { env: environment, encoding: 'utf8' },
    );
    const presented = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(page)?.[0] ?? '';
    expect(new X509Certificate(presented).subject).toContain('CN=John Smith');
  } finally {
    server.kill();
  }

  writeFileSync(path('text'), 'what is signed and encrypted\n');
  await run(
    'cmsutil',
    '-S',
    '-d',
    database,
    '-f',
    path('pin'),
    '-N',
    signing,
    '-i',
    path('text'),
    '-o',
    path('signed'),
  );
  await run('cmsutil', '-D', '-d', database, '-i', path('signed'), '-o', path('verified'));
  expect(readFileSync(path('verified'), 'utf8')).toBe('what is signed and encrypted\n');
  // Who writes to the card's holder has the exported certificate, and no card.
  const exported = ['--label', `encryption key for ${demo.user}`, '--output', path('recipient.pem')];
  expect((await escctl(['certificates', 'export', ...exported])).status).toBe(0);
  mkdirSync(path('sender'));
  const sender = `sql:${path('sender')}`;
  const ca = join(demo.directory, 'ca.pem');
  await run('certutil', '-N', '-d', sender, '--empty-password');
  await run('certutil', '-A', '-d', sender, '-n', 'ca', '-t', 'CT,C,', '-i', ca);
  await run('certutil', '-A', '-d', sender, '-n', 'recipient', '-t', ',,', '-i', path('recipient.pem'));
  const plain = ['-i', path('text'), '-o', path('encrypted')];
  await run('cmsutil', '-E', '-d', sender, '-r', 'recipient', ...plain);
  await run(
    'cmsutil',
    '-D',
    '-d',
    database,
    '-f',
    path('pin'),
    '-i',
    path('encrypted'),
    '-o',
    path('decrypted'),
  );
  expect(readFileSync(path('decrypted'), 'utf8')).toBe('what is signed and encrypted\n');
});

describe('a wrong password', () => {
  test('that no card has is told with the attempts left, and costs none', async () => {
    const result = await escctl(['test-card', '--json', '--pin-file=-'], 'no');
    expect(result.status).toBe(6);
    expect(result.report()).toMatchObject({ code: 'pin-wrong', facts: { triesLeft: 4 } });
  });

  test('from a file is tried once, and never as the last attempt', async () => {
    for (const left of [3, 2, 1]) {
      const result = await escctl(['test-card', '--json', '--pin-file=-'], 'not this');
      expect(result.status).toBe(6);
      expect(result.report()).toMatchObject({ code: 'pin-wrong', facts: { triesLeft: left } });
    }
    const result = await escctl(['test-card', '--pin-file=-'], newPin);
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('only one attempt is left');
  });

  test('on the terminal blocks the card only after a warning, and says what helps', async () => {
    const result = await escctlOnTerminal(
      ['change-password'],
      [['This is the last attempt(?s:.)*Card password: ', 'not this\n']],
      demo.environment,
    );
    expect(result.status).toBe(1);
    expect(result.screen).toContain('The card password is blocked: it was wrong too many times.');
    expect(result.screen).toContain('Reset the card password');
  });
});

test('nothing that was printed has a password', () => {
  expect(printed.length).toBeGreaterThan(3000);
  for (const secret of [pin, newPin]) expect(printed).not.toContain(secret);
});
