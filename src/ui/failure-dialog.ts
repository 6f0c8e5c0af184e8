import Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';
import type { Failure } from '../base/failure.js';
import { _ } from '../io/text.js';
import { explain } from '../tokens/sentences.js';
import { ask } from './ask.js';
import { failureFacts } from './failure-facts.js';
import { headingOf } from './heading.js';
import { toast } from './toast.js';
import { paragraphs } from './words.js';

/**
 * Says what happened and what to do, and offers the details to copy.
 * @param toasts of the window over which it is said
 * @param consequence what it may have left behind
 */
export async function tellFailure(
  toasts: Adw.ToastOverlay,
  failure: Failure,
  consequence = '',
): Promise<void> {
  const { number, what, next } = explain(failure);
  const dialog = new Adw.MessageDialog({
    transient_for: toasts.get_root() as Gtk.Window,
    modal: true,
    heading: headingOf(what),
    body: paragraphs(next, consequence, number),
  });
  dialog.add_response('copy', _('Copy Details'));
  dialog.add_response('ok', _('OK'));
  dialog.default_response = 'ok';
  dialog.close_response = 'ok';
  if ((await ask(dialog)) !== 'copy') return;
  toasts.get_clipboard().set(failureFacts(failure));
  toast(toasts, _('Copied'));
}
