const names = {
  0x04: 'SET PIN',
  0x0a: 'IMPORT KEY ENC',
  0x0c: 'START ENROLL',
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
  0xf2: 'GET LIFECYCLE',
  0xf4: 'SET ISSUER INFO',
  0xf6: 'GET ISSUER INFO',
  0xf8: 'SET BUILTIN ACL',
  0xfa: 'GET BUILTIN ACL',
} as const satisfies Record<number, string>;

export type CommandName = (typeof names)[keyof typeof names] | 'unknown command';

const byInstruction: Readonly<Record<number, CommandName | undefined>> = names;

/** What the command is called in the log, which shows nothing else of it. */
export function commandName(apdu: Uint8Array): CommandName {
  return byInstruction[apdu[1] ?? -1] ?? 'unknown command';
}
