import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import { eachCard } from '../../tokens/each-card.js';
import {
  diagnose,
  softwareVersions,
  type DiagnosticsReport,
  type SoftwareVersions,
} from '../../tokens/diagnostics/report.js';
import { reportSections, reportText, type Section } from '../../tokens/diagnostics/report-text.js';
import type { OpenModel } from '../../tokens/model.js';
import type { Token } from '../../tokens/token.js';
import { setAccessibleName } from '../accessible-name.js';
import { dateTimeText } from '../certificate-words.js';
import { scrolledColumn } from '../scrolled-column.js';
import { textRow } from '../text-row.js';
import { wrapTitle } from '../wrap-title.js';
import { outletButtons, type TextOutlet } from './text-outlet.js';

/** Versions, readers, and all about each card, as it is now. */
export class InformationPage extends Adw.Bin {
  static {
    GObject.registerClass({ GTypeName: 'EscInformationPage' }, this);
  }

  private software: SoftwareVersions | undefined;
  private readonly sections = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 24 });
  private readonly scrolled = scrolledColumn(this.sections);
  private shown = '';
  /** By reader: the first row about each card. */
  private readonly cards = new Map<string, Adw.ActionRow>();
  /** The reader of the card that is to be led to. */
  private wanted = '';
  private waiting: number | undefined;
  private readonly unsubscribe: readonly (() => void)[];

  public constructor(
    private readonly model: OpenModel,
    outlet: TextOutlet,
  ) {
    super();
    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    box.append(this.scrolled);
    box.append(
      outletButtons(
        _('Copy All'),
        () => outlet.copy(this.text),
        () => outlet.save('smart-card-diagnostics.txt', this.text),
      ),
    );
    this.child = box;
    const { registry } = model;
    const soon = (): void => this.soon();
    this.unsubscribe = [registry.onChange(soon), eachCard(registry, soon)];
    this.soon();
    void softwareVersions(model.installation, toolkit()).then(software => {
      this.software = software;
      this.update();
    });
  }

  /** Leads to what is known about a card. */
  public showCard({ reader }: Token): void {
    this.wanted = reader;
    this.goToWanted();
  }

  public stop(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    if (this.waiting !== undefined) GLib.source_remove(this.waiting);
    this.waiting = undefined;
  }

  private get text(): string {
    return this.software === undefined ? '' : reportText(diagnose(this.software, this.model.registry));
  }

  /** A card that is worked on changes often. */
  private soon(): void {
    this.waiting ??= GLib.idle_add(GLib.PRIORITY_LOW, () => {
      this.waiting = undefined;
      this.update();
      return GLib.SOURCE_REMOVE;
    });
  }

  private update(): void {
    const { software, text } = this;
    if (software === undefined || text === this.shown) return;
    this.shown = text;
    for (let child = this.sections.get_first_child(); child !== null; child = this.sections.get_first_child())
      this.sections.remove(child);
    this.cards.clear();
    for (const section of sectionsOf(diagnose(software, this.model.registry))) {
      const rows = section.rows.map(rowOf);
      const group = new Adw.PreferencesGroup({ title: GLib.markup_escape_text(section.title, -1) });
      wrapTitle(group);
      for (const row of rows) group.add(row);
      this.sections.append(group);
      const [first] = rows;
      if (section.reader !== undefined && first !== undefined) this.cards.set(section.reader, first);
    }
    this.goToWanted();
  }

  /** Once the rows have their places, which they have after a frame. */
  private goToWanted(): void {
    const row = this.cards.get(this.wanted);
    if (row === undefined) return;
    this.wanted = '';
    let frames = 0;
    row.add_tick_callback(() => {
      frames += 1;
      if (frames === 1) return GLib.SOURCE_CONTINUE;
      const group = row.get_ancestor(Adw.PreferencesGroup.$gtype);
      const [, , top = 0] = group?.translate_coordinates(this.sections, 0, 0) ?? [];
      // The focus takes the view no further than to the row.
      row.grab_focus();
      this.scrolled.vadjustment.value = top;
      return GLib.SOURCE_REMOVE;
    });
  }
}

/** In the window with dates as they are written where the person lives. */
function sectionsOf(report: DiagnosticsReport): Section[] {
  return reportSections(report, date => dateTimeText(new Date(date)));
}

function rowOf([name, value]: Section['rows'][number]): Adw.ActionRow {
  const row = textRow(name, value);
  setAccessibleName(row, `${name}: ${value}`);
  return row;
}

function toolkit(): { readonly gtk: string; readonly adwaita: string } {
  return {
    gtk: [Gtk.get_major_version(), Gtk.get_minor_version(), Gtk.get_micro_version()].join('.'),
    adwaita: [Adw.get_major_version(), Adw.get_minor_version(), Adw.get_micro_version()].join('.'),
  };
}
