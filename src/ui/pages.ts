import { openBrowsers } from './browsers.js';
import { openDiagnostics } from './diagnostics/open.js';
import { openPreferences } from './preferences.js';
import type { Window } from './window.js';

/**
 * What can be opened from outside of the window: by the tray's menu, a notification, the desktop entry, `esc --page`.
 * Each is an action of the application by this name; the window is there and in front when it runs.
 */
export const pages: Readonly<Record<string, (window: Window) => void>> = {
  'show-cards': inFront,
  'phone-home': window => window.showPhoneHome(),
  browsers: openBrowsers,
  diagnostics: openDiagnostics,
  preferences: openPreferences,
};

/** For what the window shows by itself. */
function inFront(): void {
  // Nothing more to open.
}
