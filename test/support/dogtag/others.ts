/** A card as other people's software sees it. */
import { fromHex, toHex } from '../../../src/base/bytes.js';
import { modules, Pkcs11Token, tool } from '../pkcs11/token.js';
import type { Desk } from './desk.js';
import type { Person } from './directory.js';

/** The applet's answers, in hexadecimal digits; undefined where the card refuses to select it. */
export interface AppletSeen {
  /** `07` blank or formatted, `0F` enrolled. */
  readonly lifeCycle: string;
  /** What the TPS wrote about itself, such as the address for Phone Home. */
  readonly issuer: string;
}

const commands = {
  select: '00A4040007627601FF000000',
  lifeCycle: 'B0F2000001',
  issuer: 'B0F60000E0',
} as const;
const selectManager = '00A4040007A0000000030000';

/** Sends commands by opensc-tool. @returns the answers, without the status words where those say success, else only these */
async function send(desk: Desk, reader: number, ...apdus: readonly string[]): Promise<string[]> {
  const options = ['--card-driver', 'default', '--reader', desk.reader(reader)];
  const output = await tool(
    desk.environment,
    'opensc-tool',
    ...options,
    ...apdus.flatMap(apdu => ['--send-apdu', apdu]),
  );
  return [
    ...output.matchAll(/^Received \(SW1=0x(..), SW2=0x(..)\)(?::\n)?((?:(?:[0-9A-F]{2} ){1,16}.*\n)*)/gm),
  ].map(([, sw1 = '', sw2 = '', dump = '']) =>
    sw1 === '90' ? dump.replace(/^((?:[0-9A-F]{2} ){1,16}).*\n/gm, '$1').replaceAll(' ', '') : `${sw1}${sw2}`,
  );
}

/** Asks the applet by opensc-tool. */
export async function appletSeen(desk: Desk, reader = 0): Promise<AppletSeen | undefined> {
  const [selected, lifeCycle = '', issuer = ''] = await send(desk, reader, ...Object.values(commands));
  if (selected !== '') return undefined;
  return { lifeCycle, issuer: Buffer.from(issuer, 'hex').toString('latin1').replace(/\0+$/, '') };
}

/** What the card manager answers to INITIALIZE UPDATE with a host challenge of 8 bytes, by opensc-tool. */
export async function initializeUpdateSeen(
  desk: Desk,
  hostChallenge: Uint8Array,
  reader = 0,
): Promise<Uint8Array> {
  const [, answer = ''] = await send(desk, reader, selectManager, `8050000008${toHex(hostChallenge)}`);
  return fromHex(answer);
}

/** A person's enrolled card, or else the one in the first reader, through OpenSC's and coolkey's PKCS #11 modules. */
export function pkcs11Tokens(desk: Desk, person?: Person): readonly Pkcs11Token[] {
  return modules.map(module => new Pkcs11Token(module, person?.user, desk.environment));
}
