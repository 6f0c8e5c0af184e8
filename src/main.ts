import './ui/resources.js';
import GLib from 'gi://GLib';
import { initText } from './io/text.js';
import type { Installation } from './tokens/model.js';
import { Application } from './ui/application.js';

/** `esc`: opens the window. @returns the exit status */
export function main(args: string[], installation: Installation): number {
  initText(installation.localedir);
  // What X11 and screen readers call the program: the name of its desktop entry.
  GLib.set_prgname('io.github.escproject.Esc');
  return new Application(installation).run(['esc', ...args]);
}
