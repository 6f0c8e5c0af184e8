import GLib from 'gi://GLib';
import type { FailureCode } from '../base/failure.js';
import { _, fill, ngettext } from '../io/text.js';
import type { Registry } from '../tokens/registry.js';
import { explain } from '../tokens/sentences.js';

export interface NoCardsPage {
  readonly icon: string;
  readonly title: string;
  /** Pango markup. */
  readonly description: string;
}

/** Why there is no card to show, and what helps. Nothing while they are looked for, as the window's template says. */
export function noCardsPage({
  state,
  readers,
}: Pick<Registry, 'state' | 'readers'>): NoCardsPage | undefined {
  if (state.kind === 'unavailable') {
    const { what, next } = explain(state.failure);
    return {
      icon: 'esc-no-service-symbolic',
      title: titleFor(state.failure.code),
      description: escaped(`${what}\n${next}`),
    };
  }
  if (state.kind === 'starting') return undefined;
  if (readers.length === 0)
    return {
      icon: 'esc-reader-symbolic',
      title: _('No Smart Card Reader'),
      description: _('Plug in a smart card reader.'),
    };
  return {
    icon: 'esc-card-blank-symbolic',
    title: _('Insert Your Smart Card'),
    description: escaped(
      fill(ngettext('The reader is ready: {readers}', 'The readers are ready: {readers}', readers.length), {
        readers: readers.map(reader => reader.name).join(', '),
      }),
    ),
  };
}

function titleFor(code: FailureCode): string {
  switch (code) {
    case 'pcscd-absent':
      return _('Smart Card Service Not Running');
    case 'pcscd-stopped':
      return _('Smart Card Service Stopped');
    case 'pcscd-refused':
      return _('No Permission');
    case 'pcscd-incompatible':
      return _('Smart Card Service Has Another Version');
    case 'shim-lost':
      return _('Helper Program Stopped');
    case 'shim-missing':
      return _('Helper Program Missing');
    default:
      return _('Smart Card Service Does Not Work');
  }
}

function escaped(text: string): string {
  return GLib.markup_escape_text(text, -1);
}
