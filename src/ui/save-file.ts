import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Gtk from 'gi://Gtk';
import { asFailure } from '../base/failure.js';
import { _, fill } from '../io/text.js';

/** What is proposed to be written. */
export interface FileToSave {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Choosers that are open: GTK does not keep them alive. */
const open = new Set<Gtk.FileChooserNative>();

/** Asks where to, and writes the file. @param say tells that it is written; that it cannot be is told in a dialog */
export function saveFile(
  parent: Gtk.Window,
  title: string,
  { name, bytes }: FileToSave,
  say: (text: string) => void,
): void {
  const chooser = new Gtk.FileChooserNative({
    title,
    transient_for: parent,
    modal: true,
    action: Gtk.FileChooserAction.SAVE,
    accept_label: _('_Save'),
    cancel_label: _('_Cancel'),
  });
  chooser.set_current_name(name);
  open.add(chooser);
  chooser.connect('response', (_chooser, response: Gtk.ResponseType) => {
    open.delete(chooser);
    const file = response === Gtk.ResponseType.ACCEPT ? chooser.get_file() : null;
    if (file !== null) write(parent, file, bytes, say);
  });
  chooser.show();
}

function write(parent: Gtk.Window, file: Gio.File, bytes: Uint8Array, say: (text: string) => void): void {
  const { NONE } = Gio.FileCreateFlags;
  file.replace_contents_bytes_async(new GLib.Bytes(bytes), null, false, NONE, null, (_file, result) => {
    try {
      file.replace_contents_finish(result);
      say(fill(_('Saved as {name}'), { name: file.get_basename() ?? '' }));
    } catch (error) {
      const heading = _('The File Cannot Be Written');
      const body = asFailure(error).detail;
      const dialog = new Adw.MessageDialog({ transient_for: parent, modal: true, heading, body });
      dialog.add_response('ok', _('OK'));
      dialog.present();
    }
  });
}
