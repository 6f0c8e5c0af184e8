import type Adw from 'gi://Adw';
import type { Cancellation } from '../base/cancellation.js';

/**
 * Presents a message dialog and gives the chosen response; a cancelled operation closes it.
 * Escape and closing give the dialog's close response.
 */
export function ask(dialog: Adw.MessageDialog, cancellation?: Cancellation): Promise<string> {
  return new Promise(resolve => {
    const forget = cancellation?.onCancelled(() => dialog.close());
    dialog.connect('response', (_dialog, response) => {
      forget?.();
      resolve(response);
    });
    dialog.present();
  });
}
