import type { Failure } from '../base/failure.js';
import { _, fill } from '../io/text.js';
import { serverRefusal } from './server-refusals.js';

/** A failure in words for a person. */
export interface Explanation {
  /** What happened: one sentence. */
  readonly what: string;
  /** What to do about it: one sentence. */
  readonly next: string;
}

/** What happened and what to do, for every failure code. */
export function explain(failure: Failure): Explanation {
  const server = failure.facts.server ?? _('the server');
  const reader = failure.facts.reader ?? _('the reader');
  const at = (text: string): string => fill(text, { server, reader, detail: failure.detail });
  const explained = (what: string, next: string): Explanation => ({ what: at(what), next: at(next) });
  switch (failure.code) {
    case 'pcscd-absent':
      return explained(
        _('The smart card service (pcscd) is not running.'),
        _('Install and start pcscd; it is found by itself then.'),
      );
    case 'pcscd-refused':
      return explained(
        _('The smart card service (pcscd) does not let you use it.'),
        _('Ask your administrator for the right to access smart cards (polkit: access_pcsc, access_card).'),
      );
    case 'pcscd-stopped':
      return explained(
        _('The smart card service (pcscd) has stopped.'),
        _('Start pcscd again. Cards that are in come back by themselves then.'),
      );
    case 'pcscd-incompatible':
      return explained(
        _('The smart card service (pcscd) is of another version than its library.'),
        _('Update pcscd and libpcsclite together, or restart pcscd after an update.'),
      );
    case 'pcsc-error':
      return explained(
        _('The smart card reader reported an error.'),
        _('Take the card out, put it in again, and try once more.'),
      );
    case 'shim-lost':
      return explained(
        _('The helper program that reaches the smart cards has stopped.'),
        _('It is started again by itself. Try once more in a moment.'),
      );
    case 'shim-missing':
      return explained(
        _('The helper program that reaches the smart cards cannot be started.'),
        _('Install Smart Card Manager again.'),
      );
    case 'reader-lost':
      return explained(
        _('The smart card reader was unplugged.'),
        _('Plug the reader in again, put the card in, and try once more.'),
      );
    case 'card-removed':
      return explained(
        _('The card was taken out.'),
        _('Put the card in again and leave it in until the end.'),
      );
    case 'card-reset':
      return explained(
        _('Another program reset the card in the middle.'),
        _('Close other programs that use the card and try again.'),
      );
    case 'card-busy':
      return explained(
        _('Another program is using this card.'),
        _('Close browsers, mail programs and other card tools that use it, and try again.'),
      );
    case 'card-mute':
      return explained(
        _('The card in {reader} does not answer.'),
        _('Check that the card is the right way round; clean its contacts; try another card.'),
      );
    case 'card-silent':
      return explained(
        _('The card stopped answering.'),
        _('Take the card out, put it in again, and try once more.'),
      );
    case 'card-refused':
      return explained(
        _('The card refused a command.'),
        _('Try again. If it happens again, give the details to your help desk.'),
      );
    case 'malformed-data':
      return explained(
        _('The card holds data that cannot be understood.'),
        _('Format the card, then enroll it again.'),
      );
    case 'protocol-violation':
      return explained(
        _('{server} answered in a way that is not understood.'),
        _('Try again. If it happens again, give the details to your help desk.'),
      );
    case 'bad-url':
      return explained(
        _('The address of the server is not valid: {detail}.'),
        _('Correct the address. It looks like https://pki.example.com:8443/tps/tps.'),
      );
    case 'host-not-found':
      return explained(
        _('There is no server of the name {server}, or the network is down.'),
        _('Check your network connection and the address of the server.'),
      );
    case 'connection-refused':
      return explained(
        _('{server} does not accept connections.'),
        _('Check the address and the port, or ask your help desk whether the server is running.'),
      );
    case 'network-error':
      return explained(
        _('The network connection to {server} failed.'),
        _('Check your network connection and try again.'),
      );
    case 'tls-error':
      return explained(
        _('{server} could not prove who it is: {detail}.'),
        _('Do not go on. Give the details to your help desk.'),
      );
    case 'http-status':
      return explained(
        _('{server} does not offer card operations at this address ({detail}).'),
        _('Check the address. It looks like https://pki.example.com:8443/tps/tps.'),
      );
    case 'not-a-tps':
      return explained(
        _('{server} is not a Token Processing System.'),
        _('Check the address. It looks like https://pki.example.com:8443/tps/tps.'),
      );
    case 'server-closed':
      return explained(
        _('{server} ended the connection in the middle.'),
        _('Try again. If it happens again, ask your help desk to look at the server’s log.'),
      );
    case 'server-silent':
      return explained(_('{server} stopped answering.'), _('Try again in a few minutes.'));
    case 'server-refused':
      return serverRefusal(failure.facts.serverCode);
    case 'login-refused':
      return explained(
        _('The user name or password was not accepted.'),
        _('Try again with the right user name and password.'),
      );
    case 'pin-unsuitable':
      return explained(
        _('The new card password cannot be used: {detail}.'),
        _('Choose another card password.'),
      );
    case 'no-server-url':
      return explained(
        _('It is not known which server issues this card.'),
        _('Set the address of the server (TPS), or ask your help desk for it.'),
      );
    case 'card-unfinished':
      return explained(
        _('The card is unfinished and cannot be used yet.'),
        _('Format the card, then enroll it again.'),
      );
    case 'unsuitable-card':
      return explained(
        _('This cannot be done with this card as it is: {detail}.'),
        _('See what the card’s page offers.'),
      );
    case 'cancelled':
      return explained(_('Cancelled.'), _('Start again whenever you like.'));
    case 'usage':
      return explained('{detail}', _('See escctl --help.'));
    case 'no-such-card':
      return explained('{detail}', _('Put the card in, or see escctl list for the cards that are in.'));
    case 'internal':
      return explained(
        _('Smart Card Manager made a mistake.'),
        _('Try again, and report it with the details if it happens again.'),
      );
  }
}

/** The explanation on one line, for terminals and logs. */
export function explainInline(failure: Failure): string {
  const { what, next } = explain(failure);
  return `${what} ${next}`;
}
