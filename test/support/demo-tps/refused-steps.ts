/** Cards that refuse a step of an operation, and what a real TPS made of it. */
import { fromHex, toHex } from '../../../src/base/bytes.js';
import type { CommandName } from '../../../src/card/command-name.js';
import type { FaultRule } from '../../../demo/card/faults.js';
import type { VirtualCard } from '../../../demo/card/virtual-card.js';

/** Numbers of operations in BEGIN_OP. */
export const enroll = 1;
export const resetPin = 3;
export const format = 5;

export interface RefusedStep {
  readonly name: string;
  readonly operation: number;
  readonly faults: readonly FaultRule[];
  /** END_OP's message. */
  readonly code: number;
  /** How many commands a real TPS sent, with its 75 blocks. */
  readonly commands?: number;
  readonly after: string;
}

/** What has to be done with a blank card before an operation. */
export const before: Record<number, readonly number[]> = {
  [format]: [format],
  [enroll]: [format],
  [resetPin]: [format, enroll],
};

/** Life cycle and whether there is a PIN: two bytes; or the status word of SELECT. */
export async function stateOf(card: VirtualCard): Promise<string> {
  const selected = toHex(await card.process(fromHex('00A4040007627601FF000000')));
  if (selected !== '9000') return selected;
  return toHex(await card.process(fromHex('B0F2000004'))).slice(0, 4);
}

export function refuse(command: CommandName, statusWord: number, occurrence = 1): FaultRule {
  return { command, occurrence, fault: { kind: 'answer', statusWord } };
}

/** The card has been prepared before. */
export const refusedSteps: readonly RefusedStep[] = [
  {
    name: 'INSTALL for load',
    operation: format,
    faults: [refuse('INSTALL', 0x6a84)],
    code: 19,
    commands: 18,
    after: '6A82',
  },
  {
    name: 'a LOAD block',
    operation: format,
    faults: [refuse('LOAD', 0x6581, 2)],
    code: 19,
    commands: 20,
    after: '6A82',
  },
  {
    name: 'INSTALL for install',
    operation: format,
    faults: [refuse('INSTALL', 0x6a80, 2)],
    code: 19,
    commands: 94,
    after: '6A82',
  },
  {
    name: 'SET ISSUER INFO',
    operation: format,
    faults: [refuse('SET ISSUER INFO', 0x6700)],
    code: 19,
    commands: 98,
    after: '0700',
  },
  {
    name: 'INITIALIZE UPDATE',
    operation: format,
    faults: [refuse('INITIALIZE UPDATE', 0x6a88)],
    code: 17,
    commands: 14,
    after: '0700',
  },
  {
    name: 'EXTERNAL AUTHENTICATE',
    operation: format,
    faults: [refuse('EXTERNAL AUTHENTICATE', 0x6300)],
    code: 17,
    commands: 15,
    after: '0700',
  },
  {
    name: 'the second EXTERNAL AUTHENTICATE',
    operation: format,
    faults: [refuse('EXTERNAL AUTHENTICATE', 0x6982, 2)],
    code: 17,
    commands: 97,
    after: '0700',
  },
  {
    name: 'the key check',
    operation: format,
    faults: [refuse('INITIALIZE UPDATE', 0x6985, 3)],
    code: 17,
    commands: 99,
    after: '0700',
  },
  {
    name: 'SET PIN',
    operation: enroll,
    faults: [refuse('SET PIN', 0x9c0f)],
    code: 12,
    commands: 25,
    after: '0701',
  },
  {
    name: 'CREATE PIN where there is none',
    operation: enroll,
    faults: [refuse('CREATE PIN', 0x9c06)],
    code: 12,
    commands: 25,
    after: '0700',
  },
  {
    name: 'the MAC of SET PIN',
    operation: enroll,
    faults: [refuse('SET PIN', 0x6982)],
    code: 12,
    commands: 25,
    after: '0701',
  },
  {
    name: 'START ENROLL',
    operation: enroll,
    faults: [refuse('START ENROLL', 0x9c0d)],
    code: 7,
    commands: 125,
    after: '0700',
  },
  {
    name: 'the reading of the key',
    operation: enroll,
    faults: [refuse('READ OBJECT', 0x9c0f)],
    code: 7,
    commands: 126,
    after: '0700',
  },
  {
    name: 'CREATE OBJECT for the key',
    operation: enroll,
    faults: [refuse('CREATE OBJECT', 0x9c01)],
    code: 7,
    commands: 128,
    after: '0700',
  },
  {
    name: 'IMPORT KEY',
    operation: enroll,
    faults: [refuse('IMPORT KEY ENC', 0x9c20)],
    code: 7,
    commands: 133,
    after: '0700',
  },
  {
    name: 'CREATE OBJECT for z0',
    operation: enroll,
    faults: [refuse('CREATE OBJECT', 0x9c01, 2)],
    code: 7,
    commands: 38,
    after: '0701',
  },
  {
    name: 'the fifth WRITE OBJECT of z0',
    operation: enroll,
    faults: [refuse('WRITE OBJECT', 0x9c06, 9)],
    code: 8,
    commands: 43,
    after: '0701',
  },
  {
    name: 'SET LIFECYCLE',
    operation: enroll,
    faults: [refuse('SET LIFECYCLE', 0x9c0f)],
    code: 6,
    after: '0701',
  },
  {
    name: 'CLEAR KEY SLOTS',
    operation: enroll,
    faults: [refuse('CLEAR KEY SLOTS', 0x6d00)],
    code: 0,
    after: '0F01',
  },
  {
    name: 'SET PIN',
    operation: resetPin,
    faults: [refuse('SET PIN', 0x9c0f)],
    code: 12,
    commands: 23,
    after: '0F01',
  },
  {
    name: 'EXTERNAL AUTHENTICATE',
    operation: resetPin,
    faults: [refuse('EXTERNAL AUTHENTICATE', 0x6300)],
    code: 17,
    commands: 13,
    after: '0F01',
  },
  {
    name: 'SELECT',
    operation: resetPin,
    faults: [refuse('SELECT', 0x6a82)],
    code: 45,
    commands: 1,
    after: '0F01',
  },
];
