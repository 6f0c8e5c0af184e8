import { asFailure } from '../base/failure.js';
import { tellFailure } from './failure-dialog.js';
import type { Window } from './window.js';

/** Opens Use in Browsers and Mail, or brings it to the front. */
export function openBrowsers(window: Window): void {
  void open(window);
}

async function open(window: Window): Promise<void> {
  try {
    // Loaded only when it is needed, for the window to be there sooner.
    const { BrowsersWindow } = await import('./browsers-window.js');
    const [shown] = window.application.get_windows().filter(other => other instanceof BrowsersWindow);
    (shown ?? new BrowsersWindow(window, window.tokenInQuestion, window.settings.trusted)).present();
  } catch (error) {
    await tellFailure(window, asFailure(error));
  }
}
