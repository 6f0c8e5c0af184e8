/** The settings of the lab's servers, as files that they read when they start. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inMachine } from './machine.js';
import { configuration } from './names.js';

const subsystems = ['ca', 'kra', 'tks', 'tps'] as const;
export type Subsystem = (typeof subsystems)[number];

/** What is other than the lab was built with. */
export type LabSettings = Readonly<Partial<Record<Subsystem, Readonly<Record<string, string>>>>> & {
  /** The only version of TLS that Tomcat speaks. */
  readonly tls?: '1.2' | '1.3';
  /** The address of the TPS that Phone Home tells. */
  readonly operation?: string;
};

/** Options of the TPS: both keys of 2048 bit; as it ships, they are of 1024. */
export const largeKeys = {
  'op.enroll.userKey.keyGen.signing.keySize': '2048',
  'op.enroll.userKey.keyGen.encryption.keySize': '2048',
} as const;

const remembered = (): string => inMachine('/root/lab-settings.json');

/** As the servers have them. */
export function presentSettings(): LabSettings {
  return existsSync(remembered()) ? (JSON.parse(readFileSync(remembered(), 'utf8')) as LabSettings) : {};
}

/** Writes the files anew, for servers that do not run. */
export function writeSettings(settings: LabSettings): void {
  for (const subsystem of subsystems)
    rewrite(`${subsystem}/CS.cfg`, text => withOptions(text, settings[subsystem] ?? {}));
  const { tls, operation } = settings;
  rewrite('server.xml', text =>
    tls === undefined ? text : text.replace('<SSLHostConfig ', `<SSLHostConfig protocols="TLSv${tls}" `),
  );
  rewrite('tps/phoneHome.xml', text =>
    operation === undefined ? text : text.replace(/<Operation>[^<]*/, `<Operation>${operation}`),
  );
  writeFileSync(remembered(), JSON.stringify(settings));
}

/** The lab's build keeps each file as it made it. */
function rewrite(file: string, change: (text: string) => string): void {
  const path = inMachine(`${configuration}/${file}`);
  // As one that is there already it stays its owner's.
  writeFileSync(path, change(readFileSync(`${path}.built`, 'utf8')));
}

/** CS.cfg: a line NAME=VALUE for each option. */
export function withOptions(text: string, options: Readonly<Record<string, string>>): string {
  const names = new Set(Object.keys(options));
  const others = text.split('\n').filter(line => line !== '' && !names.has(line.replace(/=.*/, '')));
  return [...others, ...Object.entries(options).map(([name, value]) => `${name}=${value}`), ''].join('\n');
}
