import { createHash, timingSafeEqual } from 'node:crypto';

/** Someone who may format and enrol cards. */
export interface DemoUser {
  readonly password: string;
  /** The certificates' common name. */
  readonly name: string;
  readonly email: string;
}

/** Users by their user id. */
export type UserList = ReadonlyMap<string, DemoUser>;

export const defaultUsers: UserList = new Map([
  ['jsmith', { password: 'secret', name: 'John Smith', email: 'jsmith@example.com' }],
  ['mmueller', { password: 'geheim', name: 'Maria Müller', email: 'mmueller@example.com' }],
]);

/** Tells in constant time whether the password is this user's; an unknown user has none. */
export function passwordIsRight(users: UserList, userId: string, password: string): boolean {
  const digest = (text: string): Uint8Array => createHash('sha256').update(text, 'utf8').digest();
  const user = users.get(userId);
  const same = timingSafeEqual(digest(password), digest(user?.password ?? ''));
  return user !== undefined && same;
}
