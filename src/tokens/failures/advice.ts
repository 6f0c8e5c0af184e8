import { _ } from '../../io/text.js';

/** What helps against many failures. */
export const advice = {
  again: (): string => _('Try again. If it happens again, give the details to your help desk.'),
  anotherCard: (): string => _('Use another card.'),
  askForAddress: (): string => _('Check the address, or ask your help desk for it.'),
  checkAddress: (): string => _('Check the address. It looks like https://pki.example.com:8443/tps/tps.'),
  checkPhoneHome: (): string => _('Check the Phone Home address, or ask your help desk for it.'),
  formatThenEnroll: (): string => _('Format the card, then enroll it again.'),
  formatUnlessLost: (): string =>
    _('Format the card, then enroll it again. If it was reported lost or damaged, ask your help desk.'),
  helpDesk: (): string => _('Give the details to your help desk.'),
  later: (): string => _('Try again in a few minutes.'),
  login: (): string => _('Try again with the right user name and password.'),
  network: (): string => _('Check your network connection and try again.'),
  notTrusted: (): string => _('Do not go on. Give the details to your help desk.'),
  proxy: (): string => _('Check the proxy in the network settings, or ask your administrator.'),
  reinsert: (): string => _('Take the card out, put it in again, and try once more.'),
  restartService: (): string => _('Restart pcscd, or the computer, and try again.'),
  setFree: (): string =>
    _(
      'Ask your help desk to set the card free: it may have been suspended, ended, or reported lost or damaged.',
    ),
  updateDriver: (): string => _('Try another reader, or update the driver of this one.'),
} as const;
