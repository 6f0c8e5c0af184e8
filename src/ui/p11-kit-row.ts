import type { CardModule } from '../desktop/modules.js';
import {
  ownP11KitModule,
  p11KitKnows,
  registerWithP11Kit,
  unregisterFromP11Kit,
} from '../desktop/p11-kit.js';
import { _, fill } from '../io/text.js';
import type { ModuleGroup } from './module-group.js';
import type { SwitchRow } from './switch-row.js';

/** Shows whether programs that go by p11-kit, those of GNOME, ssh, VPNs, use the card. */
export function showP11Kit(row: SwitchRow, { module, modules }: ModuleGroup): void {
  const own = ownP11KitModule() !== undefined;
  const known = modules.filter(p11KitKnows).map(({ name }) => name);
  const words =
    known.length > 0
      ? fill(_('Use the card by {module}'), { module: known.join(', ') })
      : _('Do not know the card');
  const bySystem = known.length > 0 && !own;
  row.show_state(
    own || known.length > 0,
    !bySystem && (own || module !== undefined),
    bySystem ? `${words} · ${_('set up for all users of this computer')}` : words,
  );
}

export function setUpP11Kit(on: boolean, module: CardModule | undefined): void {
  if (on && module !== undefined) registerWithP11Kit(module);
  else unregisterFromP11Kit();
}
