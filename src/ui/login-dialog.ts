import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import { _, fill } from '../io/text.js';
import type { LoginAnswers, LoginField, LoginRequest } from '../protocol/ports.js';
import { fieldLabel } from '../tokens/login-fields.js';
import { askFor } from './ask.js';
import { serverName } from '../protocol/url.js';
import { passwordRow } from './password-row.js';
import { lineProtection, paragraphs } from './words.js';
import { wrapEntryTitle } from './wrap-title.js';

/**
 * Asks for what the server wants to know. What was typed before, passwords excepted, is there again
 * after a refusal. Undefined when the person does not want to.
 * @param which card it is about, where there is doubt
 */
export function askLogin(
  parent: Gtk.Window,
  request: LoginRequest,
  which: string,
  before: LoginAnswers,
  cancellation: Cancellation,
): Promise<LoginAnswers | undefined> {
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading: fill(_('Sign In to {server}'), { server: serverName(request.server) }),
    body: paragraphs(which, ...bodyOf(request)),
  });
  const group = new Adw.PreferencesGroup();
  const rows = request.fields.map(field => ({ field, row: rowFor(field, before.get(field.id) ?? '') }));
  for (const { row } of rows) group.add(row);
  dialog.extra_child = group;
  dialog.add_response('cancel', _('Cancel'));
  dialog.add_response('ok', _('Submit'));
  dialog.set_response_appearance('ok', Adw.ResponseAppearance.SUGGESTED);
  dialog.default_response = 'ok';
  dialog.close_response = 'cancel';

  const check = (): void =>
    dialog.set_response_enabled(
      'ok',
      rows.every(({ field, row }) => isAnswer(field, row.text)),
    );
  for (const { row } of rows) row.connect('changed', check);
  check();
  dialog.connect('show', () => (rows.find(({ row }) => row.text === '') ?? rows[0])?.row.grab_focus());

  return askFor(
    dialog,
    response => {
      const answers = new Map(rows.map(({ field, row }) => [field.id, row.text] as const));
      for (const { row } of rows) row.text = '';
      return response === 'ok' ? answers : undefined;
    },
    cancellation,
  );
}

function bodyOf(request: LoginRequest): string[] {
  return [
    request.refused ? _('What you entered was not accepted. Try again.') : '',
    request.description || request.title,
    lineProtection(request.server),
  ];
}

function rowFor(field: LoginField, text: string): Adw.EntryRow {
  const title = fieldLabel(field);
  if (field.kind === 'password') return passwordRow(title);
  const row = wrapEntryTitle(new Adw.EntryRow({ title, text, activates_default: true }));
  if (field.kind === 'integer') row.input_purpose = Gtk.InputPurpose.DIGITS;
  if (field.description !== '' && field.description !== field.label) row.tooltip_text = field.description;
  return row;
}

/** TPS drops a conversation that has an empty value in it. */
function isAnswer(field: LoginField, text: string): boolean {
  return field.kind === 'integer' ? /^\d+$/.test(text) : text !== '';
}
