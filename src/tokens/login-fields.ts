import { _ } from '../io/text.js';
import type { LoginField } from '../protocol/ports.js';

/** What a field is called: the server's word, or ours where it has none. */
export function fieldLabel({ id, label }: LoginField): string {
  if (label !== '') return label;
  switch (id) {
    case 'UID':
      return _('User Name');
    case 'PASSWORD':
      return _('Password');
    case 'VALUE':
      return _('SecurID Token Value');
    case 'PIN':
      return _('SecurID PIN');
    default:
      return id;
  }
}
