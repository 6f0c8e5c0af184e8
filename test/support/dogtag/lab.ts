import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../pcsc/waiting.js';
import { addPerson, type Person } from './directory.js';
import { inMachine, runInMachine } from './machine.js';
import { host, httpPort, httpsPort, logs, services, tomcatNumber } from './names.js';
import { presentSettings, writeSettings, type LabSettings } from './settings.js';

/** Milliseconds: Tomcat takes 20 s on two cores that have nothing else to do. */
const patience = 300_000;

/** The servers' addresses, as the lab was built with them. */
export const urls = {
  tps: `https://${host}:${httpsPort}/tps/tps`,
  plainTps: `http://${host}:${httpPort}/tps/tps`,
  phoneHome: `https://${host}:${httpsPort}/tps/phoneHome`,
} as const;

/**
 * A real Dogtag: CA, KRA, TKS and TPS in one Tomcat, and their directory. There is one, which all files of tests share:
 * each says by `use` which settings it needs, and takes cards and people of its own.
 */
export const lab = {
  /**
   * Has the servers run with the settings that they were built with but for these.
   * Takes a restart, some 20 s, unless they run so already.
   */
  async use(settings: LabSettings = {}): Promise<void> {
    await runInMachine(['systemctl', 'start', services.directory]);
    if (isDeepStrictEqual(settings, presentSettings()) && (await answers())) return;
    await this.stop();
    writeSettings(settings);
    await this.start();
  },

  /** Starts what was killed. */
  async start(): Promise<void> {
    await runInMachine(['systemctl', 'start', services.directory]);
    await runInMachine(['systemctl', 'start', services.tomcat]);
    await eventually(answers, patience);
  },

  /** Ends the CA, the KRA, the TKS and the TPS as an administrator does. */
  async stop(): Promise<void> {
    await runInMachine(['systemctl', 'stop', services.tomcat]);
  },

  /** Ends them at once. */
  kill(): void {
    process.kill(tomcat(), 'SIGKILL');
  },

  /** Connections stay open, and nobody answers. */
  suspend(): void {
    process.kill(tomcat(), 'SIGSTOP');
  },

  resume(): void {
    process.kill(tomcat(), 'SIGCONT');
  },

  /** Somebody whom nobody has heard of before. */
  async newPerson(): Promise<Person> {
    const number = next('people');
    const person = {
      user: `person${number}`,
      password: `secret ${number}`,
      name: `Given${number} Family${number}`,
    };
    await addPerson(person);
    return person;
  },

  /** A number for a virtual card that no other in the lab has had. */
  newCardNumber(): number {
    return next('cards');
  },

  /** The CA's certificate: PEM. */
  async ca(): Promise<string> {
    const command = `curl --silent --fail http://${host}:${httpPort}/ca/ee/ca/getCAChain?op=download |
      openssl pkcs7 -inform DER -print_certs`;
    return runInMachine(['bash', '-o', 'pipefail', '-c', command]);
  },

  /** What the TPS wrote about what it did, all of it; passwords and PINs in clear. */
  log(): string {
    const folder = inMachine(`${logs}/tps`);
    const files = readdirSync(folder).filter(name => name.startsWith('debug.'));
    return files.map(name => readFileSync(join(folder, name), 'utf8')).join('');
  },
} as const;

function tomcat(): number {
  return Number(readFileSync(inMachine(tomcatNumber), 'utf8'));
}

async function answers(): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/tps/admin/tps/getStatus`, {
      signal: AbortSignal.timeout(10_000),
    });
    return (await answer.text()).includes('running');
  } catch {
    return false;
  }
}

/** Counts over all files of tests. */
function next(what: string): number {
  const file = inMachine(`/root/${what}`);
  const number = existsSync(file) ? Number(readFileSync(file, 'utf8')) + 1 : 1;
  writeFileSync(file, String(number));
  return number;
}
