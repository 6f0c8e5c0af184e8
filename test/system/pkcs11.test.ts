/** Other people's software works with a card that escctl enrolled and gave a new PIN. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { Demo } from '../support/demo/demo.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { modules, Pkcs11Token } from '../support/pkcs11/token.js';

const firstPin = 'First-4711';
const newPin = 'New.0815';

const badges = [
  { bits: 2048, reader: 0, user: 'jsmith', password: 'secret', name: 'John Smith' },
  { bits: 1024, reader: 1, user: 'mmueller', password: 'geheim', name: 'Maria Müller' },
] as const;

let demo: Demo;
let smallKeys: DemoTps;
let environment: NodeJS.ProcessEnv;

async function operate(badge: (typeof badges)[number], command: string, pin: string): Promise<void> {
  const tps = badge.bits === 1024 ? smallKeys.url : demo.tps;
  const { reader, user, password } = badge;
  const card = ['--reader', demo.readers[reader] ?? '', '--tps', tps, '--user', user];
  const result = await runEscctl([command, '--json', ...card, '--password-file=-', '--pin-file=-'], {
    environment,
    input: `${password}\n${pin}\n`,
  });
  expect(result.report(), result.stdout).toMatchObject({ outcome: 'done', card: { status: 'ENROLLED' } });
}

beforeAll(async () => {
  [demo, smallKeys] = await Promise.all([Demo.start({ cards: 2 }), startTps({ keyBits: 1024 })]);
  // coolkey keeps what it read of a card in its user's home.
  environment = { ...demo.environment, HOME: demo.directory, XDG_CACHE_HOME: demo.directory };
  await Promise.all(
    badges.map(async badge => {
      await operate(badge, 'enroll', firstPin);
      await operate(badge, 'reset-password', newPin);
    }),
  );
});

afterAll(async () => {
  await Promise.all([demo.end(), smallKeys.close()]);
});

describe.each(badges)('$bits bit', ({ bits, user, name }) => {
  describe.each(modules)('$name', module => {
    const token = (): Pkcs11Token => new Pkcs11Token(module, user, environment);

    test('lists both certificates and both keys after a login with the new PIN', async () => {
      const listed = await token().list(newPin);
      expect(listed.match(/Certificate Object/g)).toHaveLength(2);
      expect(listed.match(/Private Key Object; RSA/g)).toHaveLength(2);
      for (const use of ['signing', 'encryption']) expect(listed).toContain(`${use} key for ${user}`);
    });

    test('reads certificates of the user, with keys of the right length', async () => {
      for (const id of ['01', '02'] as const) {
        const certificate = await token().certificate(id);
        expect(certificate.subject).toContain(`CN=${name}`);
        expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(bits);
      }
    });

    test('refuses the old PIN', async () => {
      await expect(token().list(firstPin)).rejects.toThrow(/CKR_PIN_INCORRECT/);
    });

    test('signs, and openssl verifies with the certificate', async () => {
      expect(await token().signAndVerify(newPin)).toContain('Verified OK');
    });

    test('decrypts what was encrypted for the certificate', async () => {
      expect(await token().encryptAndDecrypt(newPin, 'what was encrypted')).toBe('what was encrypted');
    });
  });
});
