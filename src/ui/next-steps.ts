import Gio from 'gi://Gio';
import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import type { OperationEnd, WorkKind } from '../tokens/operation.js';

/** The application's action that shows how browsers and mail programs use the card, where there is one. */
const browsers = 'browsers';

/** What most people want to do after work on the card: none after a test, or where it failed for another reason. */
export function nextStepButtons(
  kind: WorkKind,
  { failure }: OperationEnd,
  operate: (next: WorkKind) => void,
): Gtk.Button[] {
  const doing = (label: string, next: WorkKind): Gtk.Button => {
    const button = new Gtk.Button({ label });
    button.connect('clicked', () => operate(next));
    return button;
  };
  if (failure?.code === 'pin-blocked') return [doing(_('Reset Password'), 'reset-pin')];
  if (failure?.code === 'key-check-failed') return [doing(_('Enroll Again'), 'enroll')];
  if (kind !== 'enroll' || failure !== undefined) return [];
  const test = doing(_('Test the Card'), 'test-card');
  if (Gio.Application.get_default()?.has_action(browsers) !== true) return [test];
  const use = new Gtk.Button({ label: _('Use It in Firefox…'), action_name: `app.${browsers}` });
  return [use, test];
}
