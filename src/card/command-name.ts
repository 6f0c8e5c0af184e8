/** By INS, for the card manager and for the CoolKey applet alike, as far as they agree. */
const names = {
  0x04: 'SET PIN',
  0x0a: 'IMPORT KEY ENC',
  0x0c: 'START ENROLL',
  0x0d: 'START ENROLL EC',
  0x32: 'IMPORT KEY',
  0x36: 'COMPUTE CRYPT',
  0x3a: 'LIST KEYS',
  0x3c: 'GET STATUS',
  0x40: 'CREATE PIN',
  0x42: 'VERIFY PIN',
  0x44: 'CHANGE PIN',
  0x48: 'LIST PINS',
  0x4a: 'TRIES LEFT',
  0x50: 'INITIALIZE UPDATE',
  0x52: 'DELETE OBJECT',
  0x54: 'WRITE OBJECT',
  0x55: 'CLEAR KEY SLOTS',
  0x56: 'READ OBJECT',
  0x58: 'LIST OBJECTS',
  0x5a: 'CREATE OBJECT',
  0x61: 'LOGOUT',
  0x70: 'GET BUILD ID',
  0x71: 'NOP',
  0x72: 'GET RANDOM',
  0x73: 'SEED RANDOM',
  0x82: 'EXTERNAL AUTHENTICATE',
  0xa4: 'SELECT',
  0xc0: 'GET RESPONSE',
  0xca: 'GET DATA',
  0xd8: 'PUT KEY',
  0xe4: 'DELETE',
  0xe6: 'INSTALL',
  0xe8: 'LOAD',
  0xf0: 'SET LIFECYCLE',
  0xf2: 'GET STATUS',
  0xf4: 'SET ISSUER INFO',
  0xf6: 'GET ISSUER INFO',
  0xf8: 'SET BUILTIN ACL',
  0xfa: 'GET BUILTIN ACL',
} as const satisfies Record<number, string>;

type KnownName = (typeof names)[keyof typeof names] | 'GET LIFECYCLE';
export type CommandName = KnownName | `INS ${string}`;

const byInstruction: Readonly<Record<number, KnownName | undefined>> = names;
const appletClass = 0xb0;
const getLifecycle = 0xf2;

/**
 * What a command of the card manager (GlobalPlatform Card Specification §11) or of the CoolKey applet is called.
 * @param command an APDU: CLA, INS, …; nothing else of it is looked at.
 * @returns such as `DELETE`; `INS xx` where it is unknown.
 */
export function commandName(command: Uint8Array): CommandName {
  const [cla = 0, ins = 0] = command;
  if (cla === appletClass && ins === getLifecycle) return 'GET LIFECYCLE';
  return byInstruction[ins] ?? `INS ${ins.toString(16).toUpperCase().padStart(2, '0')}`;
}
