import { parseLdif, toLdif, type Entry } from './ldif.js';
import { runInMachine } from './machine.js';
import { directoryPort, labPassword } from './names.js';

const asManager = [
  ...['-x', '-H', `ldap://127.0.0.1:${directoryPort}`],
  ...['-D', 'cn=Directory Manager', '-w', labPassword],
];

/** The entries below a base that a filter (RFC 4515) fits, in the directory where Dogtag keeps all it knows. */
export async function search(base: string, filter: string): Promise<Entry[]> {
  const options = ['-LLL', '-o', 'ldif-wrap=no', '-b', base];
  return parseLdif(await runInMachine(['ldapsearch', ...asManager, ...options, filter]));
}

export interface Person {
  readonly user: string;
  readonly password: string;
  /** First and last. */
  readonly name: string;
}

/** Adds a user who may log in at the TPS. */
export async function addPerson({ user, password, name }: Person): Promise<void> {
  const entry = toLdif(`uid=${user},ou=people,dc=example,dc=com`, {
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
