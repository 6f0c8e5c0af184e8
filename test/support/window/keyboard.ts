import type { DrivenWindow } from './driver.js';

/**
 * What a person works with, besides entries, of which AT-SPI does not tell that they have the focus with GTK 4.8, and the
 * tabs of pages, between which one goes by arrows.
 */
const controls = new Set(['check box', 'combo box', 'link', 'push button', 'toggle button']);

/** The controls that a person could use in the dialog that is open, else in all windows, as role and name. */
export async function usable(window: DrivenWindow): Promise<readonly string[]> {
  return (await window.inFront())
    .filter(
      ({ role, states }) =>
        controls.has(role) && states.includes('focusable') && states.includes('sensitive'),
    )
    .map(({ role, name }) => `${role} ${name}`);
}

/** What Tab reaches, as role and name. */
export async function tabbed(window: DrivenWindow): Promise<readonly string[]> {
  return (await window.tabbed()).map(({ role, name }) => `${role} ${name}`);
}

/**
 * What has come since a window opened, and what of it Tab does not reach.
 * @param before what was usable then; a namesake of it, such as the button that closes a window, is not looked for
 */
export async function reach(
  window: DrivenWindow,
  before: readonly string[],
): Promise<{ readonly wanted: readonly string[]; readonly missed: readonly string[] }> {
  const wanted = (await usable(window)).filter(control => !before.includes(control));
  const reached = await tabbed(window);
  return { wanted, missed: wanted.filter(control => !reached.includes(control)) };
}
