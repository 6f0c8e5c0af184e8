import { asFailure } from '../base/failure.js';
import { tellFailure } from './failure-dialog.js';
import type { Window } from './window.js';

/** Opens Preferences, or brings them to the front. */
export function openPreferences(window: Window): void {
  void open(window);
}

async function open(window: Window): Promise<void> {
  try {
    // Loaded only when it is needed, for the window to be there sooner.
    const { PreferencesWindow } = await import('./preferences/preferences-window.js');
    const shown = window.application.get_windows().find(other => other instanceof PreferencesWindow);
    (shown ?? new PreferencesWindow(window, window.settings)).present();
  } catch (error) {
    await tellFailure(window, asFailure(error));
  }
}
