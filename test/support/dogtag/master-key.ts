/** The keys from which the TKS derives those of each card. */
import { runInMachine } from './machine.js';
import { configuration } from './names.js';

const name = 'esc-master';
const database = `-d ${configuration}/alias -h 'NSS Certificate DB' -f /root/nss-password`;

/**
 * Makes a master key in the TKS's database, unless that is done.
 * @returns options of the TKS by which it is that of key version 02, for SCP01, SCP02 and SCP03
 */
export async function makeMasterKey(): Promise<Readonly<Record<string, string>>> {
  await runInMachine([
    'bash',
    '-euc',
    `sed -n 's/^internal=//p' ${configuration}/password.conf >/root/nss-password
     tkstool -L ${database} | grep -qw ${name} || tkstool -M -n ${name} ${database} </dev/null`,
  ]);
  // To change a card's keys the TKS looks for a name without the key set, to use them for one with it.
  const names = ['01', '03'].flatMap(protocol => [
    `tks.mk_mappings.#02#${protocol}`,
    `tks.defKeySet.mk_mappings.#02#${protocol}`,
  ]);
  return Object.fromEntries(names.map(option => [option, `internal:${name}`]));
}

/**
 * Options of the TKS: VISA2 derives the cards' keys, from four bytes of their numbers that our virtual cards have in
 * common. What ships, NIST SP 800-108, tells them apart and takes seconds of computing for each secure channel.
 */
export const quickDerivation: Readonly<Record<string, string>> = {
  'tks.defKeySet.nistSP800-108KdfOnKeyVersion': 'FF',
};

/** Options of the TPS: each card that is formatted or enrolled gets keys of version 02. */
export const keyChangeover: Readonly<Record<string, string>> = Object.fromEntries(
  ['format', 'enroll'].flatMap(operation => [
    [`op.${operation}.userKey.update.symmetricKeys.enable`, 'true'],
    [`op.${operation}.userKey.update.symmetricKeys.requiredVersion`, '2'],
  ]),
);
