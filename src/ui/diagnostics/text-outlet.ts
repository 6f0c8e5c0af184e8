import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import { saveFile } from '../save-file.js';
import { toast } from '../toast.js';

/** Gives text away: to the clipboard, or to a file that the person chooses. */
export class TextOutlet {
  public constructor(
    private readonly window: Gtk.Window,
    private readonly toasts: Adw.ToastOverlay,
  ) {}

  public copy(text: string): void {
    this.window.get_clipboard().set(text);
    toast(this.toasts, _('Copied'));
  }

  /** @param name proposed for the file */
  public save(name: string, text: string): void {
    const bytes = new TextEncoder().encode(`${text}\n`);
    saveFile(this.window, _('Save'), { name, bytes }, said => toast(this.toasts, said));
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
