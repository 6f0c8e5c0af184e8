import { _ } from '../io/text.js';
import { endingOf } from './ending.js';
import type { WorkKind } from './operation.js';
import type { Token } from './token.js';

/** The words that window and agent share. */

/**
 * What a card is called.
 * @param name by which it goes where it can be read: its holder's or its issuer's; empty while that is not known
 * @param unnamed what it is called without one
 */
export function cardTitle(token: Token, name: string, unnamed: string): string {
  if (token.known.kind === 'reading') return _('Reading the Card…');
  if (token.known.kind === 'unreadable') return _('Card That Cannot Be Read');
  if (name !== '') return name;
  switch (token.summary?.kind) {
    case 'piv':
    case 'cac':
      return _('CAC or PIV Card');
    case 'unknown':
      return _('Unknown Card');
    default:
      return token.unfinished ? _('Unfinished Card') : unnamed;
  }
}

export function statusOf(token: Token): string {
  if (token.operation !== undefined) return _('Busy');
  if (token.known.kind === 'reading') return _('Reading');
  if (token.known.kind === 'unreadable') return _('Not Readable');
  if (token.summary?.kind === 'unknown') return _('Not Supported');
  const ending = endingOf(token);
  if (ending !== undefined) return ending.ended ? _('Expired') : _('Expires Soon');
  if (token.summary?.kind === 'piv' || token.summary?.kind === 'cac') return _('Read Only');
  if (token.unfinished) return _('Unfinished');
  switch (token.status) {
    case 'NO_APPLET':
      return _('Blank');
    case 'UNINITIALIZED':
      return _('Ready to Enroll');
    case 'ENROLLED':
      return _('Enrolled');
    default:
      return _('Busy');
  }
}

export function operationTitle(kind: WorkKind): string {
  switch (kind) {
    case 'enroll':
      return _('Enrolling');
    case 'format':
      return _('Formatting');
    case 'reset-pin':
      return _('Resetting the Password');
    case 'test-card':
      return _('Testing the Card');
    case 'change-password':
      return _('Changing the Password');
  }
}
