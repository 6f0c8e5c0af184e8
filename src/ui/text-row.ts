import Adw from 'gi://Adw';

/** A row that tells something, and takes no character of it for markup. @param lines at most, below the title; 0: all */
export function textRow(title: string, text = '', lines = 0): Adw.ActionRow {
  const row = new Adw.ActionRow({ use_markup: false, title, subtitle_lines: lines });
  // Set at once with the rest it would still be taken for markup.
  row.subtitle = text;
  return row;
}
