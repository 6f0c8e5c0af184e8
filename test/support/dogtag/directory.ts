import { parseLdif, toLdif, type Entry } from './ldif.js';
import { runInMachine } from './machine.js';
import { directoryPort, labPassword } from './names.js';

const people = 'ou=people,dc=example,dc=com';
const asManager = [
  ...['-x', '-H', `ldap://127.0.0.1:${directoryPort}`],
  ...['-D', 'cn=Directory Manager', '-w', labPassword],
];

/** The entries below a base that a filter (RFC 4515) fits, in the directory where Dogtag keeps all it knows. */
export async function search(base: string, filter: string): Promise<Entry[]> {
  const options = ['-LLL', '-o', 'ldif-wrap=no', '-b', base];
  return parseLdif(await runInMachine(['ldapsearch', ...asManager, ...options, filter]));
}

/** Takes an entry out, as if it had never been. */
export async function remove({ dn }: Entry): Promise<void> {
  await runInMachine(['ldapdelete', ...asManager, dn]);
}

/** Gives an attribute of an entry these values in the place of those it has. */
export async function replace({ dn }: Entry, attribute: string, ...values: readonly string[]): Promise<void> {
  const lines = values.map(value => `${attribute}: ${value}`);
  const change = [`dn: ${dn}`, 'changetype: modify', `replace: ${attribute}`, ...lines, ''];
  await runInMachine(['ldapmodify', ...asManager], change.join('\n'));
}

export interface Person {
  readonly user: string;
  readonly password: string;
  /** First and last. */
  readonly name: string;
}

/** Registers a user for external registration: which profile, and which card. */
export async function register(
  { user }: Person,
  registration: { readonly tokenType: string; readonly tokenCUID: string },
): Promise<void> {
  const [entry] = await search(people, `(uid=${user})`);
  if (entry === undefined) throw new Error(`${user} is not known`);
  // The directory has these attributes in no class of its own.
  await replace(entry, 'objectClass', 'person', 'organizationalPerson', 'inetOrgPerson', 'extensibleObject');
  for (const [attribute, value] of Object.entries(registration)) await replace(entry, attribute, value);
}

/** Adds a user who may log in at the TPS. */
export async function addPerson({ user, password, name }: Person): Promise<void> {
  const entry = toLdif(`uid=${user},${people}`, {
    objectClass: ['person', 'organizationalPerson', 'inetOrgPerson'],
    uid: user,
    cn: name,
    sn: name.replace(/^.* /, ''),
    givenName: name.replace(/ .*/, ''),
    mail: `${user}@example.com`,
    userPassword: password,
  });
  await runInMachine(['ldapadd', ...asManager], entry);
}
