import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import { setAccessibleName } from './accessible-name.js';
import { closeByKeys } from './close-keys.js';
import { wrapWindowTitle } from './wrap-title.js';

/** Titles of groups, and in them what each action does. */
function contents(): (readonly [string, readonly (readonly [string, string])[]])[] {
  return [
    [
      _('The Selected Card'),
      [
        [_('Enroll'), 'win.enroll'],
        [_('Reset Password'), 'win.reset-password'],
        [_('Test Card'), 'win.test-card'],
        [_('Change Password'), 'win.change-password'],
        [_('Format'), 'win.format'],
      ],
    ],
    [
      _('General'),
      [
        [_('Diagnostics'), 'app.diagnostics'],
        [_('Back to the List of Cards'), 'win.back'],
        [_('Preferences'), 'app.preferences'],
        [_('Keyboard Shortcuts'), 'app.show-shortcuts'],
        [_('Close the Window'), 'window.close'],
        [_('Quit'), 'app.quit'],
      ],
    ],
  ];
}

/** The keys of the program. GTK's own window for them is wider than a phone and has no name for screen readers. */
export class ShortcutsWindow extends Adw.Window {
  static {
    GObject.registerClass({ GTypeName: 'EscShortcutsWindow' }, this);
  }

  public constructor(application: Gtk.Application, parent: Gtk.Window) {
    super({
      transient_for: parent,
      modal: true,
      title: _('Keyboard Shortcuts'),
      default_width: 420,
      default_height: 640,
      width_request: 340,
      height_request: 294,
    });
    const page = new Adw.PreferencesPage({ vexpand: true });
    for (const [title, shortcuts] of contents()) {
      const group = new Adw.PreferencesGroup({ title });
      for (const [what, action] of shortcuts) {
        const [keys = ''] = application.get_accels_for_action(action);
        group.add(shortcutRow(what, keys));
      }
      page.add(group);
    }
    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    const header = new Adw.HeaderBar();
    wrapWindowTitle(header);
    box.append(header);
    box.append(page);
    this.content = box;
    closeByKeys(this);
  }
}

function shortcutRow(title: string, accelerator: string): Adw.ActionRow {
  const row = new Adw.ActionRow({ title });
  row.add_suffix(new Gtk.ShortcutLabel({ accelerator, valign: Gtk.Align.CENTER }));
  const [, key, modifiers] = Gtk.accelerator_parse(accelerator);
  // The title is said with it.
  setAccessibleName(row, Gtk.accelerator_get_label(key, modifiers));
  return row;
}
