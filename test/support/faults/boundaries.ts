import { commandName } from '../../../src/card/command-name.js';
import type { MessageStep } from '../../../demo/tps/session.js';
import type { OperationKind } from '../../../src/tokens/operation.js';

/** A message of the server in one of its operations. */
export interface Boundary {
  readonly operation: OperationKind;
  /** The command for the card, the task of a status, or the message's type. */
  readonly name: string;
  /** Which of the messages of this name in the operation, from 1. */
  readonly occurrence: number;
}

const operations: Readonly<Record<number, OperationKind>> = { 1: 'enroll', 3: 'reset-pin', 5: 'format' };

/** Follows the conversations of a server, one at a time. */
export class BoundaryCounter {
  private readonly seen = new Map<string, number>();

  /** The boundary at which the server is about to send this message. */
  public next({ operation, index, message }: MessageStep): Boundary {
    if (index === 1) this.seen.clear();
    const name =
      message.type === 'pdu-request'
        ? commandName(message.pdu)
        : message.type === 'status-request'
          ? message.task
          : message.type;
    const occurrence = (this.seen.get(name) ?? 0) + 1;
    this.seen.set(name, occurrence);
    return { operation: operations[operation] ?? 'enroll', name, occurrence };
  }
}

/** The message that ends an operation. */
export const lastMessage = 'end-op';

/**
 * Whether this is the boundary. The size of certificates varies, and with it the number of messages by one or two:
 * where a boundary does not come, the end of the operation takes its place.
 */
export function isAt(wanted: Boundary, here: Boundary): boolean {
  return (
    wanted.operation === here.operation &&
    ((wanted.name === here.name && wanted.occurrence === here.occurrence) || here.name === lastMessage)
  );
}

export function hasCommand({ name }: Boundary): boolean {
  return /^[A-Z ]+$/.test(name);
}

export function describeBoundary({ operation, name, occurrence }: Boundary): string {
  return `${operation}: ${name} ${occurrence}`;
}

/** One message, at least, in each phase of the enrolment of a blank card. */
export const phases: readonly Boundary[] = [
  { operation: 'format', name: 'extended-login-request', occurrence: 1 },
  { operation: 'format', name: 'LOAD', occurrence: 2 },
  { operation: 'format', name: 'SET ISSUER INFO', occurrence: 1 },
  { operation: 'format', name: lastMessage, occurrence: 1 },
  { operation: 'enroll', name: 'extended-login-request', occurrence: 1 },
  { operation: 'enroll', name: 'new-pin-request', occurrence: 1 },
  { operation: 'enroll', name: 'SET PIN', occurrence: 1 },
  { operation: 'enroll', name: 'READ OBJECT', occurrence: 1 },
  { operation: 'enroll', name: 'IMPORT KEY ENC', occurrence: 1 },
  // The first one is for the key; then z0 is created, and half written.
  { operation: 'enroll', name: 'CREATE OBJECT', occurrence: 2 },
  { operation: 'enroll', name: 'WRITE OBJECT', occurrence: 8 },
  { operation: 'enroll', name: 'SET LIFECYCLE', occurrence: 1 },
  { operation: 'enroll', name: 'CLEAR KEY SLOTS', occurrence: 1 },
  { operation: 'enroll', name: lastMessage, occurrence: 1 },
];
