import type Adw from 'gi://Adw';
import type { Cancellation } from '../base/cancellation.js';

/**
 * Presents a message dialog and gives the chosen response; a cancelled operation closes it.
 * Escape and closing give the dialog's close response.
 */
export function ask(dialog: Adw.MessageDialog, cancellation?: Cancellation): Promise<string> {
  return askFor(dialog, response => response, cancellation);
}

/**
 * As `ask`, with what `take` makes of the response while the dialog is still whole: a row of an entry must not be
 * asked for its text any more once the dialog is gone.
 */
export function askFor<T>(
  dialog: Adw.MessageDialog,
  take: (response: string) => T,
  cancellation?: Cancellation,
): Promise<T> {
  return new Promise(resolve => {
    const forget = cancellation?.onCancelled(() => dialog.close());
    dialog.connect('response', (_dialog, response) => {
      forget?.();
      resolve(take(response));
    });
    dialog.present();
  });
}
