import type { Failure } from '../base/failure.js';
import { _, fill } from '../io/text.js';
import { explain, type Explanation } from './sentences.js';
import type { PhoneHomeProfile, PhoneHomeState } from './phone-home-state.js';

/** What a Phone Home URL looks like. */
export const exampleUrl = 'https://pki.example.com:8443/tps/phoneHome';

/** What happened and what to do, where Phone Home failed. */
export function explainPhoneHome(failure: Failure): Explanation {
  const explanation = explain(failure);
  // The usual advice is about the address of a TPS.
  if (failure.code !== 'bad-url') return explanation;
  return {
    ...explanation,
    next: fill(_('Check the address. It looks like {example}.'), { example: exampleUrl }),
  };
}

/** What the elements of the document are called; those that nobody knows keep their names. */
function elementLabel(name: string): string {
  switch (name) {
    case 'Operation':
      return _('Server for Operations (TPS)');
    case 'UI':
      return _('Enrollment Page');
    case 'EnrolledTokenURL':
      return _('Page for Enrolled Cards');
    case 'EnrolledTokenBrowserURL':
      return _('Page to Open When Inserted');
    case 'TokenType':
      return _('Token Type');
    case 'CAChainUI':
      return _('Certificates of the Authority');
    default:
      return name;
  }
}

/** Label and value of all that a document said. */
export function profileFacts(profile: PhoneHomeProfile): (readonly [string, string])[] {
  const services = [...profile.services].map(([name, value]) => [elementLabel(name), value] as const);
  return [[_('Issuer'), profile.issuerName || profile.host], ...services];
}

/** Where the URL of a card comes from. */
export function sourceText({ source }: PhoneHomeState): string {
  switch (source) {
    case 'card':
      return _('This card names its own address. It goes before one that is set here.');
    case 'settings':
      return _(
        'This card names no address. The one that is set for all cards goes before one that is set here.',
      );
    case 'user':
      return _('This address was set here for this card.');
    case 'none':
      return _('This card names no address. Your organization tells you which one to enter.');
  }
}

/** How Phone Home stands with a card, in a sentence. */
export function stateText({ url, fetching, profile, failure }: PhoneHomeState): string {
  if (fetching) return _('Asking the issuer…');
  if (failure !== undefined && profile !== undefined)
    return fill(_('{what} What was known before is still used.'), { what: explainPhoneHome(failure).what });
  if (failure !== undefined) return explainPhoneHome(failure).what;
  return url === '' ? _('No address is set') : url;
}
