import { _ } from '../../io/text.js';
import type { CheckId, CheckResult, CheckState } from './check-up.js';

const titles: Readonly<Record<CheckId, () => string>> = {
  pcscd: () => _('Smart Card Service (pcscd)'),
  readers: () => _('Readers'),
  card: () => _('Cards'),
  'phone-home': () => _('Phone Home'),
  tps: () => _('Server (TPS)'),
  tls: () => _('Protected Connection (TLS)'),
  pkcs11: () => _('PKCS #11 Modules'),
};

const states: Readonly<Record<CheckState, () => string>> = {
  waiting: () => _('Waiting'),
  running: () => _('Running'),
  fine: () => _('Fine'),
  failed: () => _('Failed'),
  skipped: () => _('Skipped'),
};

export function checkTitle(id: CheckId): string {
  return titles[id]();
}

export function checkStateText(state: CheckState): string {
  return states[state]();
}

/** What was found and what to do, for people. */
export function checkText({ found, next }: CheckResult): string {
  return [found, next].filter(Boolean).join(' ');
}
