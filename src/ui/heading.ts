/** A sentence as the heading of what is said: without the period that it has everywhere else. */
export function headingOf(sentence: string): string {
  return sentence.replace(/[.。]$/u, '');
}
