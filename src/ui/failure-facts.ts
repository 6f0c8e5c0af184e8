import type { Failure } from '../base/failure.js';
import { _ } from '../io/text.js';
import { explain } from '../tokens/sentences.js';

/** The exact facts of a failure, a line each, for a help desk. */
export function failureFacts(failure: Failure): string {
  const { facts } = failure;
  const lines: (readonly [string, string | number | undefined])[] = [
    [_('Number'), explain(failure).number],
    [_('Code'), failure.code],
    [_('Result'), facts.result],
    [_('Server code'), facts.serverCode],
    [_('Step'), facts.step],
    [_('Server'), facts.server],
    [_('Fingerprint of the server (SHA-256)'), facts.serverFingerprint],
    [_('Fingerprint of its issuer (SHA-256)'), facts.issuerFingerprint],
    [_('Reader'), facts.reader],
    [_('Detail'), failure.detail],
  ];
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${value ?? ''}`)
    .join('\n');
}
