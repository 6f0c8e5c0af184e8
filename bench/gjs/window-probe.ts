/**
 * Loaded into a program before its window is built: tells, in lines on standard output, when a frame was painted
 * that shows something new. Microseconds of CLOCK_MONOTONIC.
 *
 *     frame MICROSECONDS PROCESSOR                the first frame of the window; milliseconds of processor until then
 *     shows MICROSECONDS WHAT READER STATE        WHAT is row or page; STATE is reading, summary, contents, unreadable
 */
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk?version=4.0';
import { writeTo } from '../../src/io/terminal.js';

/** What the rows and pages of the program have. */
interface ShowsToken {
  readonly token: {
    readonly reader: string;
    readonly known: { readonly kind: string; readonly contents?: unknown };
  };
}

const kinds: Readonly<Record<string, string>> = { EscCardRow: 'row', EscCardPage: 'page' };

function kindOf(widget: Gtk.Widget): string | undefined {
  return kinds[(widget.constructor as typeof Gtk.Widget).$gtype.name];
}

function stateOf({ token }: ShowsToken): string {
  const { kind, contents } = token.known;
  if (kind !== 'read') return kind;
  return contents === undefined ? 'summary' : 'contents';
}

/** Rows and pages that a person can see; what is only fading in cannot be read yet. */
function* shownIn(widget: Gtk.Widget): Generator<string> {
  if (!widget.get_mapped()) return;
  if (widget instanceof Gtk.Stack && widget.transition_running) return;
  const kind = kindOf(widget);
  if (kind !== undefined) {
    const shows = widget as unknown as ShowsToken;
    yield `${kind} ${stateOf(shows)} ${shows.token.reader}`;
    return;
  }
  for (let child = widget.get_first_child(); child !== null; child = child.get_next_sibling())
    yield* shownIn(child);
}

/** Milliseconds that the processors have spent on this process. */
function processorTime(): number {
  const [, bytes] = GLib.file_get_contents('/proc/self/schedstat');
  return Number(new TextDecoder().decode(bytes).split(' ')[0]) / 1e6;
}

function watch(window: Gtk.Window): void {
  let before: ReadonlySet<string> | undefined;
  window.get_frame_clock()?.connect('after-paint', () => {
    const now = GLib.get_monotonic_time();
    const first = before === undefined;
    const shown = new Set(shownIn(window));
    const lines = [...shown].filter(what => before?.has(what) !== true).map(what => `shows ${now} ${what}\n`);
    before = shown;
    writeTo(1, `${first ? `frame ${now} ${processorTime()}\n` : ''}${lines.join('')}`);
  });
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the window that it was called on
const { present } = Gtk.Window.prototype;
Gtk.Window.prototype.present = function (this: Gtk.Window): void {
  const isNew = !this.get_realized();
  present.call(this);
  if (isNew) watch(this);
};
