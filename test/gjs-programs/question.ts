/** question.js WIDTH HEIGHT: asks a long question, without animations, in front of a window of that size. Prints where its parts end. */
import Adw from 'gi://Adw?version=1';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk?version=4.0';
import { programArgs } from 'system';
import { ask } from '../../src/ui/ask.js';
import { descendants } from '../../src/ui/descendants.js';
import { scrolledBody } from '../../src/ui/scrolled-body.js';

const [width = 0, height = 0] = programArgs.map(Number);
/** After the last of which nothing moves any more. */
const frames = 10;

Adw.init();
const settings = Gtk.Settings.get_default();
if (settings === null) throw new Error('there is no display');
settings.gtk_enable_animations = false;

/** Pixels from the top of the dialog to the end of each button that is seen. */
function endsOf(dialog: Gtk.Window): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const widget of descendants(dialog)) {
    if (!(widget instanceof Gtk.Button) || !widget.get_mapped()) continue;
    const [, bounds] = widget.compute_bounds(dialog);
    ends[widget.label] = bounds.get_y() + bounds.get_height();
  }
  return ends;
}

const loop = new GLib.MainLoop(null, false);
const parent = new Adw.Window({ default_width: width, default_height: height, content: new Gtk.Label() });
parent.present();
const part = new Adw.PreferencesGroup({ title: 'Certificate' });
for (let row = 0; row < 6; row += 1) part.add(new Adw.ActionRow({ title: `Row ${row}`, subtitle: 'Two' }));
const dialog = new Adw.MessageDialog({
  transient_for: parent,
  modal: true,
  heading: 'Trust a server with a long name?',
  extra_child: scrolledBody('A sentence that explains what is asked. '.repeat(4), part),
});
dialog.add_response('cancel', 'Cancel');
dialog.add_response('trust', 'Trust This Issuer');
void ask(dialog).then(() => loop.quit());

let seen = 0;
dialog.add_tick_callback(() => {
  seen += 1;
  if (seen < frames) return GLib.SOURCE_CONTINUE;
  print(JSON.stringify({ height: dialog.get_height(), ends: endsOf(dialog) }));
  dialog.close();
  return GLib.SOURCE_REMOVE;
});
loop.run();
