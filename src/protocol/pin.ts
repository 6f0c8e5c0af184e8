import { Failure } from '../base/failure.js';
import type { PinLimits } from './ports.js';

/** What TPS asks for unless it is configured otherwise. */
export const defaultPinLimits: PinLimits = { minimum: 4, maximum: 10 };

/**
 * Whether every server sets the same PIN from these characters: `new_pin` travels raw, one server takes it
 * literally and another decodes it, so only printable ASCII without `& = % +` and space means the same to both.
 */
export function isUsableInPin(pin: string): boolean {
  return /^[!-~]*$/.test(pin) && !/[&=%+]/.test(pin);
}

/** Why a PIN would not be taken. */
export type PinFault = 'length' | 'characters';

/** Why the server or the card would not take the PIN, if so. Limits count characters. */
export function pinFault(pin: string, limits: PinLimits): PinFault | undefined {
  if (!isUsableInPin(pin)) return 'characters';
  return pin.length < Math.max(1, limits.minimum) || pin.length > limits.maximum ? 'length' : undefined;
}

/** Failure `pin-unsuitable`. */
export function unsuitablePin(fault: PinFault, { minimum, maximum } = defaultPinLimits): Failure {
  return fault === 'characters'
    ? new Failure(
        'pin-unsuitable',
        'printable ASCII characters without & = % + and space reach every server',
        {
          reason: 'pin-characters',
        },
      )
    : new Failure('pin-unsuitable', `${minimum} to ${maximum} characters are taken`, {
        reason: 'pin-length',
        named: `${minimum}–${maximum}`,
      });
}
