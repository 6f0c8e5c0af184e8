import { _ } from '../io/text.js';
import type { OperationKind } from './operation.js';
import type { Token } from './token.js';

/** The words that window and agent share. */

export function statusOf(token: Token): string {
  if (token.operation !== undefined) return _('Busy');
  if (token.known.kind === 'reading') return _('Reading');
  if (token.known.kind === 'unreadable') return _('Not Readable');
  if (token.summary?.kind === 'unknown') return _('Not Supported');
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

export function operationTitle(kind: OperationKind): string {
  switch (kind) {
    case 'enroll':
      return _('Enrolling');
    case 'format':
      return _('Formatting');
    case 'reset-pin':
      return _('Resetting the Password');
  }
}
