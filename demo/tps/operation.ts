/** What every operation has at hand, and the steps that more than one of them has. */
import { toHex } from '../../src/base/bytes.js';
import { passwordIsRight } from './users.js';
import type { UserList } from './users.js';
import type { AppletFile } from './applet-file.js';
import type { CertificateAuthority } from './ca.js';
import type { AppletInfo, RemoteCard, SecureChannel } from './remote-card.js';
import { endOpCode, insistOnSuccess, serverRefusal } from './refusals.js';
import type { KeyBits } from './server-key.js';
import type { Session } from './session.js';
import type { TokenDatabase } from './tokens.js';
import type { LoginParameter } from '../../src/protocol/message.js';
import type { PinLimits } from '../../src/protocol/ports.js';

/**
 * Which encryption key the next card of a user gets whose card was destroyed, by the names of Dogtag's
 * `recovery.destroyed.scheme`: the old one, or a new one and the old one beside it.
 */
export type RecoveryScheme = 'RecoverLast' | 'GenerateNewKeyAndRecoverLast';

/** How the server is set up, the same for all operations. */
export interface Profile {
  readonly users: UserList;
  readonly keyBits: KeyBits;
  /** Whether the encryption key is made and archived by the server, and not made by the card. */
  readonly serverSideEncryptionKey: boolean;
  readonly destroyedScheme: RecoveryScheme;
  /** Such as `1.4.58768072`: a card with another applet gets this one. */
  readonly appletVersion: string;
  readonly applet: AppletFile;
  readonly pinLimits: PinLimits;
  /** The organization in certificates. */
  readonly organization: string;
  /** Of certificates, from now on. */
  readonly validDays: number;
  /** Wrong PINs that a card takes before it blocks. */
  readonly pinTries: number;
  /** Goes onto the card. */
  readonly phoneHomeUrl: string;
  /** Refuses a second active card of one user. */
  readonly oneActiveTokenPerUser: boolean;
}

export interface Operation {
  readonly session: Session;
  readonly card: RemoteCard;
  readonly profile: Profile;
  readonly tokens: TokenDatabase;
  readonly authority: CertificateAuthority;
}

/** As the token database has it. */
export function cuidText({ cuid }: AppletInfo): string {
  return toHex(cuid);
}

/**
 * Asks for user name and password, once.
 * @returns the user id
 * @throws Failure `server-refused` 14
 */
export async function login({ session, profile }: Operation): Promise<string> {
  const { userId, password } = session.hasExtension('extendedLoginRequest')
    ? await askExtended(session)
    : await askPlainly(session);
  if (!passwordIsRight(profile.users, userId, password))
    throw serverRefusal(endOpCode.login, 'user name or password is wrong');
  return userId;
}

interface Credentials {
  readonly userId: string;
  readonly password: string;
}

async function askPlainly(session: Session): Promise<Credentials> {
  const answer = await session.ask({ type: 'login-request', invalid: false, blocked: false });
  return { userId: answer.screenName, password: answer.password };
}

function loginParameter(id: string, name: string, kind: 'string' | 'password'): LoginParameter {
  return { id, name, description: name, kind, option: '' };
}

async function askExtended(session: Session): Promise<Credentials> {
  const { answers } = await session.ask({
    type: 'extended-login-request',
    invalid: false,
    blocked: false,
    title: 'LDAP Authentication',
    description: 'This authenticates user against the LDAP directory.',
    parameters: [
      loginParameter('UID', 'LDAP User ID', 'string'),
      loginParameter('PASSWORD', 'LDAP Password', 'password'),
    ],
  });
  return { userId: answers.get('UID') ?? '', password: answers.get('PASSWORD') ?? '' };
}

/** The PIN that a new PIN 0 has until SET PIN. */
const firstPin = 'password';

/**
 * Asks for the new PIN and sets it, on a card that has a PIN or has none.
 * @throws Failure `server-refused` 1 for a PIN of the wrong length, `card-refused` 12
 */
export async function setNewPin({ session, profile }: Operation, channel: SecureChannel): Promise<void> {
  const { minimum, maximum } = profile.pinLimits;
  const { pin } = await session.ask({ type: 'new-pin-request', minimum, maximum });
  if (pin.length < minimum || pin.length > maximum)
    throw serverRefusal(endOpCode.unspecified, 'the new PIN is too short or too long');
  const bytes = new TextEncoder();
  await channel.createPin(bytes.encode(firstPin), profile.pinTries);
  insistOnSuccess(await channel.setPin(bytes.encode(pin)), endOpCode.pinReset, 'SET PIN');
}
