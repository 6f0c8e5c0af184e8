import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';
import type { LogEvent } from '../../tokens/log/event.js';
import { momentText } from '../certificate-words.js';
import { eventFacts, eventText, kindText, severityOf } from '../../tokens/log/words.js';

/** One event: what kind and when, what it means, the exact facts. */
export class LogRow extends Gtk.Box {
  static {
    GObject.registerClass({ GTypeName: 'EscLogRow' }, this);
  }

  private readonly kind = new Gtk.Label({
    xalign: 0,
    hexpand: true,
    wrap: true,
    css_classes: ['heading'],
  });
  private readonly time = new Gtk.Label({ css_classes: ['caption', 'dim-label', 'numeric'] });
  private readonly text = new Gtk.Label({ xalign: 0, wrap: true });
  private readonly facts = new Gtk.Label({
    xalign: 0,
    wrap: true,
    wrap_mode: Pango.WrapMode.WORD_CHAR,
    css_classes: ['caption', 'dim-label'],
  });

  public constructor() {
    super({
      orientation: Gtk.Orientation.VERTICAL,
      spacing: 2,
      margin_top: 6,
      margin_bottom: 6,
    });
    const head = new Gtk.Box({ spacing: 12 });
    head.append(this.kind);
    head.append(this.time);
    this.append(head);
    this.append(this.text);
    this.append(this.facts);
  }

  /** What it tells, for a screen reader. */
  public get words(): string {
    const labels = [this.kind, this.time, this.text, this.facts];
    return labels.flatMap(({ label, visible }) => (visible && label !== '' ? [label] : [])).join(', ');
  }

  public tell(event: LogEvent): void {
    const text = eventText(event);
    this.kind.label = kindText(event.kind);
    this.time.label = momentText(new Date(event.time));
    this.text.label = text;
    // What is no failure says no more than its kind.
    this.text.visible = event.code !== undefined;
    this.facts.label = eventFacts(event);
    this.kind.css_classes = severityOf(event) === 'error' ? ['heading', 'error'] : ['heading'];
  }
}
