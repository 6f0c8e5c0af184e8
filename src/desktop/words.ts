import { _, fill } from '../io/text.js';
import type { ChainFault } from './ca-chain.js';
import { knownName } from './modules.js';
import type { ProfileState } from './registration.js';
import type { Trust } from './trust.js';

/** What a profile knows of the card, and what stands in the way, in a few words. */
export function stateText(state: ProfileState): string {
  const { direct, byP11Kit, open, profile } = state;
  const names = direct.map(({ name, library }) => knownName(library) ?? name).join(', ');
  const knows =
    names !== ''
      ? fill(_('Uses the card by {module}'), { module: names })
      : byP11Kit
        ? _('Uses the card by p11-kit')
        : _('Does not know the card');
  const obstacle =
    profile.sandbox !== undefined
      ? fill(_('in a sandbox ({kind}), where it cannot be set up'), {
          kind: profile.sandbox === 'snap' ? 'Snap' : 'Flatpak',
        })
      : open
        ? _('open now: close it to change this')
        : '';
  return obstacle === '' ? knows : `${knows} · ${obstacle}`;
}

/** What a chain is trusted for in a profile. */
export function trustText(trust: Trust | 'unreadable' | undefined): string {
  if (trust === undefined) return _('Not there');
  if (trust === 'unreadable')
    return _('Not known, since its certificates cannot be read: start the program once and close it');
  if (trust.web && trust.mail) return _('Trusted for web sites and mail');
  if (trust.web) return _('Trusted for web sites');
  return trust.mail ? _('Trusted for mail') : _('There, but not trusted');
}

export function faultText(fault: ChainFault): string {
  switch (fault) {
    case 'not-a-ca':
      return _('It is not a certification authority, so it cannot be trusted as one.');
    case 'expired':
      return _('It has expired.');
    case 'not-yet-valid':
      return _('It is not valid yet.');
    case 'issuer-missing':
      return _('Another authority issued it, which is not in the chain.');
  }
}
