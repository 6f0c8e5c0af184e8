import GLib from 'gi://GLib';

/** The columns that a text takes on a terminal: Chinese, Japanese and Korean characters take two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (GLib.unichar_iszerowidth(character)) continue;
    columns += GLib.unichar_iswide(character) ? 2 : 1;
  }
  return columns;
}

/** The text with spaces after it, until it takes so many columns. */
export function padTo(columns: number, text: string): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
