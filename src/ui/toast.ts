import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import { announce, takeBack } from './announce.js';

/** Shows a few words at the bottom of a window for some seconds, and has screen readers say them. */
export function toast(overlay: Adw.ToastOverlay, text: string): void {
  const shown = new Adw.Toast({ title: GLib.markup_escape_text(text, -1) });
  overlay.add_toast(shown);
  const focus = overlay.get_root()?.get_focus() ?? overlay;
  announce(focus, text);
  shown.connect('dismissed', () => takeBack(focus));
}
