import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';
import { descendants } from './descendants.js';

/** In one line where there is room for it. */
const whereNarrow = {
  justify: Gtk.Justification.CENTER,
  natural_wrap_mode: Gtk.NaturalWrapMode.NONE,
};

/** Lets the title of a group take several lines where one would be cut, as where text is large. */
export function wrapTitle(group: Adw.PreferencesGroup): void {
  wrap(firstLabel(group), { ellipsize: Pango.EllipsizeMode.NONE });
}

/** As wrapTitle, of the window whose header bar it is: in two lines at most. */
export function wrapWindowTitle(header: Adw.HeaderBar): void {
  wrap(firstLabel(header, 'title'), { lines: 2, ...whereNarrow });
}

/**
 * As wrapTitle, of an entry: in the two lines for which it has room while it is empty. Above what is typed Libadwaita
 * has room for one. Where the title is cut all the same, a tooltip has it whole.
 */
export function wrapEntryTitle<Row extends Adw.EntryRow>(row: Row): Row {
  const inside = firstLabel(row, 'title');
  const above = firstLabel(row, 'subtitle');
  wrap(inside, { lines: 2 });
  row.has_tooltip = true;
  row.connect('query-tooltip', (_row, _x, _y, _byKeyboard, tooltip) => {
    tooltip.set_text(row.title);
    return [inside, above].some(label => label?.get_layout().is_ellipsized() === true);
  });
  return row;
}

/** As wrapTitle, of a button: leaves the words beside it more room. */
export function wrapButton(button: Gtk.Button): void {
  firstLabel(button)?.set({ wrap: true, ...whereNarrow });
}

function wrap(label: Gtk.Label | undefined, properties: Partial<Gtk.Label.ConstructorProps>): void {
  label?.set({ wrap: true, wrap_mode: Pango.WrapMode.WORD_CHAR, single_line_mode: false, ...properties });
}

/** Libadwaita has no property for how it shows its titles. */
function firstLabel(within: Gtk.Widget, cssClass?: string): Gtk.Label | undefined {
  for (const widget of descendants(within))
    if (widget instanceof Gtk.Label && (cssClass === undefined || widget.has_css_class(cssClass)))
      return widget;
  return undefined;
}
