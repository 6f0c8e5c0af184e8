import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

/** Adds an action that nothing is said with. */
export function addAction(map: Gio.ActionMap, name: string, run: () => void): void {
  const action = new Gio.SimpleAction({ name });
  action.connect('activate', run);
  map.add_action(action);
}

/** Adds an action that is told a text. */
export function addTextAction(map: Gio.ActionMap, name: string, run: (text: string) => void): void {
  const action = new Gio.SimpleAction({ name, parameter_type: new GLib.VariantType('s') });
  action.connect('activate', (_action, text) => run(text?.unpack<string>() ?? ''));
  map.add_action(action);
}
