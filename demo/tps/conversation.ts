import { asFailure } from '../../src/base/failure.js';
import { developerKeys } from '../scp01.js';
import type { CertificateAuthority } from './ca.js';
import { enroll } from './enroll.js';
import { format } from './format.js';
import type { Operation, Profile } from './operation.js';
import { RemoteCard } from './remote-card.js';
import { resetPin } from './reset-pin.js';
import { Session } from './session.js';
import type { SessionOptions, Wire } from './session.js';
import type { TokenDatabase } from './tokens.js';

export interface Services {
  readonly profile: Profile;
  readonly tokens: TokenDatabase;
  readonly authority: CertificateAuthority;
}

/**
 * Holds one operation, from BEGIN_OP to END_OP.
 * @throws Failure when the connection is to be dropped without END_OP.
 */
export async function converse(wire: Wire, services: Services, options: SessionOptions): Promise<void> {
  const session = new Session(wire, options);
  await session.begin();
  const card = new RemoteCard(session, developerKeys);
  const work = operationOf(session.operation);
  if (work === undefined) {
    await session.end(false, 0);
    return;
  }
  const code = await endCode(work({ ...services, session, card }), options.log);
  await session.end(code === 0, code);
}

function operationOf(number: number): ((operation: Operation) => Promise<void>) | undefined {
  switch (number) {
    case 1:
      return enroll;
    case 3:
      return resetPin;
    case 5:
      return format;
    default:
      return undefined;
  }
}

/** @returns the code for END_OP, 0 for success. */
async function endCode(work: Promise<void>, log: (line: string) => void): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    const { facts, detail } = asFailure(error);
    if (facts.serverCode === undefined) throw error;
    log(`refused: ${detail}`);
    return facts.serverCode;
  }
}
