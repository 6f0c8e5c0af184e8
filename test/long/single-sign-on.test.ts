/** What the guide says of Kerberos: a card that escctl enrolled gets a ticket from MIT's KDC, by its certificate (PKINIT). */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { eventually } from '../support/pcsc/waiting.js';

const pin = '123456';
const realm = 'EXAMPLE.COM';

let demo: Demo;
let folder: string;
let environment: NodeJS.ProcessEnv;
let kdc: ChildProcess | undefined;

const path = (name: string): string => join(folder, name);

/** @returns standard output */
function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    env: environment,
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise(closed => server.close(closed));
  return port;
}

/** The certificate of a KDC, by an authority of its own (RFC 4556 §3.2.4). */
function makeKdcCertificate(): void {
  const extensions = `[kdc]
keyUsage = digitalSignature, keyAgreement
extendedKeyUsage = 1.3.6.1.5.2.3.5
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:name
[name]
realm = EXP:0,GeneralString:${realm}
principal = EXP:1,SEQUENCE:principal
[principal]
type = EXP:0,INTEGER:2
names = EXP:1,SEQUENCE:names
[names]
service = GeneralString:krbtgt
realm = GeneralString:${realm}
`;
  writeFileSync(path('extensions'), extensions);
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  run('openssl', 'req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'kdc-ca.pem', '-subj', '/CN=KDC CA');
  run('openssl', 'req', '-new', ...key, '-keyout', 'kdc.key', '-out', 'kdc.csr', '-subj', '/CN=KDC');
  const issuer = ['-CA', 'kdc-ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  const named = ['-extfile', 'extensions', '-extensions', 'kdc'];
  run('openssl', 'x509', '-req', '-in', 'kdc.csr', ...issuer, ...named, '-out', 'kdc.pem');
}

/** As the administrator guide has it. */
function configure(port: number, clientAnchors: readonly string[]): void {
  const anchors = clientAnchors.map(file => `    pkinit_anchors = FILE:${file}\n`).join('');
  writeFileSync(
    path('krb5.conf'),
    `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
${anchors}    pkinit_identities = PKCS11:onepin-opensc-pkcs11.so
    pkinit_cert_match = &&<KU>digitalSignature<EKU>clientAuth
  }
[logging]
  kdc = FILE:${path('kdc.log')}
`,
  );
  writeFileSync(
    path('kdc.conf'),
    `[kdcdefaults]
  kdc_ports = ${port}
  kdc_tcp_ports = ${port}
[realms]
  ${realm} = {
    database_name = ${path('principal')}
    key_stash_file = ${path('stash')}
    pkinit_anchors = FILE:${join(demo.directory, 'ca.pem')}
    pkinit_identity = FILE:${path('kdc.pem')},${path('kdc.key')}
    pkinit_eku_checking = none
  }
`,
  );
}

beforeAll(async () => {
  demo = await Demo.start();
  folder = join(demo.directory, 'realm');
  mkdirSync(folder);
  environment = {
    ...demo.environment,
    HOME: demo.directory,
    PATH: `${process.env.PATH ?? ''}:/usr/sbin`,
    KRB5_CONFIG: path('krb5.conf'),
    KRB5_KDC_PROFILE: path('kdc.conf'),
    KRB5CCNAME: `FILE:${path('tickets')}`,
    KRB5_TRACE: path('trace'),
  };
  await enrollCard(demo, { pin, environment });
  makeKdcCertificate();
  const port = await freePort();
  configure(port, [path('kdc-ca.pem'), join(demo.directory, 'ca.pem')]);
  run('kdb5_util', 'create', '-s', '-P', 'master', '-r', realm);
  run('kadmin.local', '-q', 'addprinc -randkey +requires_preauth jsmith');
  run('kadmin.local', '-q', 'addprinc -randkey +requires_preauth mmueller');
  for (const user of ['jsmith', 'mmueller'])
    run('kadmin.local', '-q', `setstr ${user} pkinit_cert_match "<SUBJECT>.*UID=${user}.*"`);
  kdc = spawn('krb5kdc', ['-n', '-P', path('pid')], { env: environment, stdio: 'ignore' });
  await eventually(() => existsSync(path('kdc.log')) && log().includes('commencing operation'));
}, 120_000);
afterAll(async () => {
  kdc?.kill();
  await demo.end();
});

function log(): string {
  return readFileSync(path('kdc.log'), 'utf8');
}

function kinit(user: string, password: string): number | null {
  return spawnSync('kinit', [`${user}@${realm}`], {
    env: environment,
    input: `${password}\n`,
    timeout: 30_000,
  }).status;
}

test('escctl shows the usages that the rule for the certificate goes by', () => {
  const shown = run(join(import.meta.dirname, '../../build/stage/bin/escctl'), 'certificates');
  expect(shown).toContain('Key usage: digitalSignature, nonRepudiation\n  Extended key usage: clientAuth, ');
});

test('the card and its password give a ticket', () => {
  expect(kinit('jsmith', pin)).toBe(0);
  expect(run('klist')).toMatch(new RegExp(`Default principal: jsmith@${realm}[^]*krbtgt/${realm}@${realm}`));
  expect(readFileSync(path('trace'), 'utf8')).toContain('checked 2 certs, found 1 matches');
});

test('neither a wrong card password nor another user’s name does', () => {
  run('kdestroy');
  expect(kinit('mmueller', pin)).not.toBe(0);
  expect(kinit('jsmith', '999999')).not.toBe(0);
  expect(existsSync(path('tickets'))).toBe(false);
});

test('where the card’s issuer is no anchor of the computer, the trace says so', () => {
  const whole = readFileSync(path('krb5.conf'), 'utf8');
  writeFileSync(path('krb5.conf'), whole.replace(`    pkinit_anchors = FILE:${demo.directory}/ca.pem\n`, ''));
  expect(kinit('jsmith', pin)).not.toBe(0);
  expect(readFileSync(path('trace'), 'utf8')).toContain('Failed to verify own certificate');
});
