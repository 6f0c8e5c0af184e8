import Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import { _, fill, ngettext } from '../io/text.js';
import type { WorkKind } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import { ask } from './ask.js';
import { operationTitle, ownerOf, paragraphs } from './words.js';

/**
 * Asks before a card is formatted, and says what is lost.
 * @param which card it is about, where there is doubt
 */
export async function confirmFormat(
  parent: Gtk.Window,
  token: Token,
  which: string,
  cancellation: Cancellation,
): Promise<boolean> {
  const answers = { no: _('Cancel'), yes: _('Format') };
  const body = paragraphs(which, formatLoss(token));
  return confirm(parent, _('Format This Card?'), body, answers, cancellation);
}

/** Asks before a window is closed in which an operation runs, and says what that may do to the card. */
export async function confirmStop(
  parent: Gtk.Window,
  kind: WorkKind,
  cancellation: Cancellation,
): Promise<boolean> {
  const heading = fill(_('{operation} Is Not Finished'), { operation: operationTitle(kind) });
  const body = _(
    'If you stop now, the card may stay unfinished: it then has to be formatted and enrolled again.',
  );
  const answers = { no: _('Go On'), yes: _('Stop and Close') };
  return confirm(parent, heading, body, answers, cancellation);
}

/** Asks before everything is forgotten of so many cards. */
export async function confirmForget(parent: Gtk.Window, count: number): Promise<boolean> {
  const body = fill(
    ngettext(
      'What is remembered of {count} card is forgotten. Its issuer is asked again when it is inserted.',
      'What is remembered of {count} cards is forgotten. Their issuers are asked again when they are inserted.',
      count,
    ),
    { count },
  );
  return confirm(parent, _('Forget All Cards?'), body, { no: _('Cancel'), yes: _('Forget') });
}

/** Asks about something that cannot be undone. @param answers what is done for a yes stands out */
async function confirm(
  parent: Gtk.Window,
  heading: string,
  body: string,
  answers: { readonly no: string; readonly yes: string },
  cancellation?: Cancellation,
): Promise<boolean> {
  const dialog = new Adw.MessageDialog({ transient_for: parent, modal: true, heading, body });
  dialog.add_response('no', answers.no);
  dialog.add_response('yes', answers.yes);
  dialog.set_response_appearance('yes', Adw.ResponseAppearance.DESTRUCTIVE);
  dialog.default_response = 'no';
  dialog.close_response = 'no';
  return (await ask(dialog, cancellation)) === 'yes';
}

function formatLoss(token: Token): string {
  const count = token.contents?.certificates.length ?? 0;
  if (count === 0) return _('Everything on the card is erased, its password too.');
  return fill(
    ngettext(
      'The card of {owner} loses {count} certificate, its keys and its password. What was encrypted for them may no longer be readable.',
      'The card of {owner} loses {count} certificates, their keys and its password. What was encrypted for them may no longer be readable.',
      count,
    ),
    { owner: ownerOf(token), count },
  );
}
