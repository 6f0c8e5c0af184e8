import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import { saveFile } from '../save-file.js';
import { toast } from '../toast.js';

/** Bytes: of more than 256 KiB, GTK's clipboard gives nothing to other programs under X11, and they wait for ever. */
const mostCopied = 250_000;

/** Gives text away: to the clipboard, or to a file that the person chooses. */
export class TextOutlet {
  public constructor(
    private readonly window: Gtk.Window,
    private readonly toasts: Adw.ToastOverlay,
  ) {}

  /** @param text the newest lines first, where it is long */
  public copy(text: string): void {
    const beginning = beginningOf(text);
    this.window.get_clipboard().set(beginning);
    toast(this.toasts, beginning === text ? _('Copied') : _('Copied the newest part'));
  }

  /** @param name proposed for the file */
  public save(name: string, text: string): void {
    const bytes = new TextEncoder().encode(`${text}\n`);
    saveFile(this.window, _('Save'), { name, bytes }, said => toast(this.toasts, said));
  }
}

/** @returns the lines that fit into the clipboard */
function beginningOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= mostCopied) return text;
  const fits = bytes.subarray(0, bytes.lastIndexOf('\n'.charCodeAt(0), mostCopied));
  return new TextDecoder().decode(fits);
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
