import { openOver, openWindow } from './open-window.js';
import type { Window } from './window.js';

/**
 * What can be opened from outside of the window: by the tray's menu, a notification, the desktop entry, `esc --page`.
 * Each is an action of the application by this name; the window is there and in front when it runs. What opens in a
 * window of its own is loaded only then, for the first one to be there sooner.
 */
export const pages: Readonly<Record<string, (window: Window) => void>> = {
  'show-cards': inFront,
  'phone-home': window => window.showPhoneHome(),
  browsers: window =>
    openOver(window.parts.toasts, async () => {
      const { BrowsersWindow } = await import('./browsers-window.js');
      return (
        openWindow(BrowsersWindow) ??
        new BrowsersWindow(window, window.settings.trusted, propose => window.followToken(propose))
      );
    }),
  diagnostics: window => window.showDiagnostics(),
  preferences: window =>
    openOver(window.parts.toasts, async () => {
      const { PreferencesWindow } = await import('./preferences/preferences-window.js');
      return openWindow(PreferencesWindow) ?? new PreferencesWindow(window, window.settings);
    }),
};

/** For what the window shows by itself. */
function inFront(): void {
  // Nothing more to open.
}
