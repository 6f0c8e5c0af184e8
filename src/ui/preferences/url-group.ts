import Adw from 'gi://Adw';
import type Gio from 'gi://Gio';
import Gtk from 'gi://Gtk';
import { asFailure } from '../../base/failure.js';
import { parseTpsUrl } from '../../protocol/url.js';
import { _ } from '../../io/text.js';
import { explain } from '../../tokens/sentences.js';
import { followLock, lockedText } from './lock.js';
import { setEntrySensitive } from '../entry-sensitive.js';
import { whenClosed } from '../when-closed.js';
import { wrapEntryTitle, wrapTitle } from '../wrap-title.js';
import type { RowTexts } from './rows.js';

/** The address of a server. What is typed is kept when it is applied and valid; what is wrong is said below it. */
export function urlGroup(
  window: Gtk.Window,
  store: Gio.Settings,
  heading: string,
  { key, title, subtitle }: RowTexts,
): Adw.PreferencesGroup {
  const group = new Adw.PreferencesGroup({ title: heading, description: subtitle });
  wrapTitle(group);
  const entry = wrapEntryTitle(new Adw.EntryRow({ title, input_purpose: Gtk.InputPurpose.URL }));
  // The row's own one shows while the row has the focus, which screen readers do not always give it.
  const apply = new Gtk.Button({ label: _('Apply'), valign: Gtk.Align.CENTER, visible: false });
  entry.add_suffix(apply);
  const note = new Gtk.Label({ xalign: 0, wrap: true, margin_top: 6, visible: false });
  note.add_css_class('caption');
  const say = (text: string, wrong: boolean): void => {
    note.label = text;
    note.visible = text !== '';
    for (const widget of [entry, note])
      if (wrong && text !== '') widget.add_css_class('error');
      else widget.remove_css_class('error');
    entry.update_property([Gtk.AccessibleProperty.DESCRIPTION], [text]);
  };
  const show = (): void => {
    const text = store.get_string(key);
    if (entry.text !== text) entry.text = text;
  };
  const save = (): void => {
    if (problemOf(entry.text) === '') store.set_string(key, entry.text.trim());
    check();
  };
  const check = (): void => {
    if (!entry.sensitive) return;
    const problem = problemOf(entry.text);
    say(problem, true);
    apply.visible = entry.text.trim() !== store.get_string(key);
    apply.sensitive = problem === '';
  };
  entry.connect('changed', check);
  entry.connect('entry-activated', save);
  apply.connect('clicked', save);
  const handler = store.connect(`changed::${key}`, show);
  whenClosed(window, () => store.disconnect(handler));
  show();
  followLock(store, key, window, locked => {
    setEntrySensitive(entry, !locked);
    say(locked ? lockedText() : problemOf(entry.text), !locked);
  });
  group.add(entry);
  group.add(note);
  return group;
}

/** Empty where nothing is wrong; no address is right, too. */
function problemOf(text: string): string {
  try {
    if (text.trim() !== '') parseTpsUrl(text);
    return '';
  } catch (error) {
    return explain(asFailure(error)).what;
  }
}
