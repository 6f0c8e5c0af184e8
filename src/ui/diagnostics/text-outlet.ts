import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import { asFailure } from '../../base/failure.js';
import { _, fill } from '../../io/text.js';

/** Gives text away: to the clipboard, or to a file that the person chooses. */
export class TextOutlet {
  public constructor(
    private readonly window: Gtk.Window,
    private readonly toasts: Adw.ToastOverlay,
  ) {}

  public copy(text: string): void {
    this.window.get_clipboard().set(text);
    this.tell(_('Copied'));
  }

  /** @param name proposed for the file */
  public save(name: string, text: string): void {
    const chooser = new Gtk.FileChooserNative({
      title: _('Save'),
      transient_for: this.window,
      modal: true,
      action: Gtk.FileChooserAction.SAVE,
    });
    chooser.set_current_name(name);
    chooser.connect('response', (_chooser, response: number) => {
      const file = chooser.get_file();
      if (response === (Gtk.ResponseType.ACCEPT as number) && file !== null) this.write(file, text);
      chooser.destroy();
    });
    chooser.show();
  }

  private write(file: Gio.File, text: string): void {
    try {
      const bytes = new TextEncoder().encode(`${text}\n`);
      file.replace_contents(bytes, null, false, Gio.FileCreateFlags.REPLACE_DESTINATION, null);
      this.tell(fill(_('Saved as {name}'), { name: file.get_basename() ?? '' }));
    } catch (error) {
      this.tell(fill(_('Not saved: {problem}'), { problem: asFailure(error).detail }));
    }
  }

  private tell(title: string): void {
    this.toasts.add_toast(new Adw.Toast({ title: GLib.markup_escape_text(title, -1) }));
  }
}

/** The two buttons that every text has. */
export function outletButtons(copyLabel: string, copy: () => void, save: () => void): Gtk.Box {
  const box = new Gtk.Box({ spacing: 12, halign: Gtk.Align.CENTER, margin_top: 6, margin_bottom: 6 });
  const buttons = [
    [copyLabel, copy],
    [_('Save…'), save],
  ] as const;
  for (const [label, run] of buttons) {
    const button = new Gtk.Button({ label, css_classes: ['pill'] });
    button.connect('clicked', run);
    box.append(button);
  }
  return box;
}
