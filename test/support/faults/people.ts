import type { TypedAnswers } from './orders.js';

/** A user of the demo TPS, and a new PIN. Not secrets: they open nothing but cards and servers of tests. */
export const login = { UID: 'jsmith', PASSWORD: 'secret' } as const;
export const answers: TypedAnswers = { login, pin: 'Secret.12' };
