import { _, fill } from '../io/text.js';
import type { OperationEnd, OperationStep, WorkKind } from '../tokens/operation.js';
import { keyCheckText } from '../tokens/key-check-text.js';
import { explain } from '../tokens/sentences.js';
import type { Token } from '../tokens/token.js';
import type { ServerAddress } from '../protocol/ports.js';
import { endingOf } from '../tokens/ending.js';
import { endingAdvice } from './certificate-words.js';
import { serverName } from '../protocol/url.js';
import { cardTitle } from '../tokens/words.js';

export { operationTitle, statusOf } from '../tokens/words.js';

/** The words of the window for what a card is. */

export function ownerOf(token: Token): string {
  return cardTitle(token, token.issuedTo, _('New Card'));
}

/** What tells a card from the others that are in. */
export function whichCard(token: Token): string {
  return `${ownerOf(token)} · ${token.reader}`;
}

export function issuerOf(token: Token): string {
  return token.issuer === '' ? _('Issuer unknown') : token.issuer;
}

export function pictureOf(token: Token): { readonly icon: string; readonly trouble: boolean } {
  const trouble = token.known.kind === 'unreadable' || token.unfinished || endingOf(token)?.ended === true;
  if (trouble) return { icon: 'esc-card-trouble-symbolic', trouble };
  switch (token.summary?.status) {
    case 'ENROLLED':
      return { icon: 'esc-card-enrolled-symbolic', trouble };
    case 'UNINITIALIZED':
      return { icon: 'esc-card-ready-symbolic', trouble };
    default:
      return { icon: 'esc-card-blank-symbolic', trouble };
  }
}

/** What is told below the name: only where there is something that a person should know. */
export function adviceFor(token: Token): string {
  if (token.known.kind === 'unreadable') {
    const { what, next } = explain(token.known.failure);
    return `${what} ${next}`;
  }
  if (token.operation !== undefined || token.known.kind !== 'read') return '';
  const ending = endingAdvice(token);
  if (ending !== undefined) return ending;
  switch (token.summary?.kind) {
    case 'piv':
    case 'cac':
      return _('This card comes from another system. Its certificates are shown; it cannot be changed here.');
    case 'unknown':
      return _('This card is of a kind that cannot be enrolled here.');
    default:
      if (token.unfinished)
        return _(
          'An operation on this card did not come to its end. Enroll it to finish: it is formatted first.',
        );
      if (token.status === 'NO_APPLET') return _('This card is blank. Enrolling it makes it yours.');
      if (token.status === 'UNINITIALIZED')
        return _('This card is formatted. Enrolling puts your keys and certificates on it.');
      return '';
  }
}

export function stepText(step: OperationStep): string {
  switch (step) {
    case 'connecting':
      return _('Connecting to the server…');
    case 'reading-card':
      return _('The server looks at the card…');
    case 'waiting-for-login':
      return _('Waiting for your user name and password…');
    case 'waiting-for-pin':
      return _('Waiting for the new card password…');
    case 'loading-applet':
      return _('Loading the software onto the card…');
    case 'setting-pin':
      return _('Setting the card password…');
    case 'generating-keys':
      return _('Making the keys…');
    case 'writing-certificates':
      return _('Writing the certificates…');
    case 'finishing':
      return _('Finishing…');
    case 'checking':
      return _('Checking the card…');
    case 'waiting-for-card-password':
      return _('Waiting for the card password…');
    case 'testing-keys':
      return _('Testing the keys…');
    case 'changing-password':
      return _('Changing the card password…');
    case 'cancelling':
      return _('Cancelling: waiting for the card…');
    case 'working':
      return _('Working…');
  }
}

/** Said when an operation is done and the card shows it. */
export function doneText(kind: WorkKind, { keyChecks }: OperationEnd): { what: string; next: string } {
  switch (kind) {
    case 'enroll':
      return {
        what: _('The card is enrolled'),
        next: _('It can be used now, with the card password that you chose.'),
      };
    case 'format':
      return { what: _('The card is formatted'), next: _('It is empty now and can be enrolled.') };
    case 'test-card':
      return { what: _('The card works'), next: keyCheckLines(keyChecks) };
    case 'reset-pin':
    case 'change-password':
      return { what: _('The card has its new password'), next: _('The old one is no longer valid.') };
  }
}

/** One below the other, those that are empty left out. */
export function paragraphs(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join('\n\n');
}

/** How each key did, a line each. */
export function keyCheckLines(checks: OperationEnd['keyChecks'] = []): string {
  return checks.map(keyCheckText).join('\n');
}

export function lineProtection(server: ServerAddress): string {
  return server.scheme === 'https'
    ? _('The connection is encrypted.')
    : fill(_('The connection to {server} is not encrypted: others on the network may read the password.'), {
        server: serverName(server),
      });
}
