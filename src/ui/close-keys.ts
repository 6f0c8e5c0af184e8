import Gtk from 'gi://Gtk';

/** Escape and Ctrl+W close the window, as they do dialogs. */
export function closeByKeys(window: Gtk.Window): void {
  const controller = new Gtk.ShortcutController();
  const action = Gtk.NamedAction.new('window.close');
  for (const keys of ['Escape', '<Control>w'])
    controller.add_shortcut(new Gtk.Shortcut({ trigger: Gtk.ShortcutTrigger.parse_string(keys), action }));
  window.add_controller(controller);
}
