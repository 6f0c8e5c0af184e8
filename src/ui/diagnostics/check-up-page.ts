import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { findModules } from '../../desktop/modules.js';
import { _ } from '../../io/text.js';
import {
  CheckUp,
  type CheckId,
  type CheckResult,
  type CheckState,
} from '../../tokens/diagnostics/check-up.js';
import { checkStateText, checkText, checkTitle } from '../../tokens/diagnostics/check-words.js';
import { allChecks } from '../../tokens/diagnostics/checks.js';
import type { OpenModel } from '../../tokens/model.js';
import { explain } from '../../tokens/sentences.js';
import { setAccessibleName } from '../accessible-name.js';
import { announce } from '../announce.js';
import { scrolledColumn } from '../scrolled-column.js';

const icons: Readonly<Partial<Record<CheckState, string>>> = {
  fine: 'esc-done-symbolic',
  failed: 'esc-warning-symbolic',
};

/** Tests one thing after the other, and says what to do about each failure. */
export class CheckUpPage extends Adw.Bin {
  static {
    GObject.registerClass({ GTypeName: 'EscCheckUpPage' }, this);
  }

  private readonly rows = new Map<CheckId, CheckUpRow>();
  private readonly group = new Adw.PreferencesGroup();
  private readonly button = new Gtk.Button({ halign: Gtk.Align.CENTER, css_classes: ['pill'] });
  private running: CheckUp | undefined;

  public constructor(private readonly model: OpenModel) {
    super();
    this.group.description = _(
      'Tests the way to the cards and to the server, and the programs that use the card. Nothing is changed.',
    );
    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 24 });
    box.append(this.group);
    box.append(this.button);
    this.child = scrolledColumn(box);
    this.button.connect('clicked', () => {
      if (this.running === undefined) void this.run();
      else this.running.cancel();
    });
    for (const result of this.newCheckUp().results) this.tell(result);
    this.showButton();
  }

  public stop(): void {
    this.running?.cancel();
  }

  private newCheckUp(): CheckUp {
    return new CheckUp(allChecks(this.model, findModules), result => this.tell(result));
  }

  private async run(): Promise<void> {
    const checkUp = this.newCheckUp();
    this.running = checkUp;
    for (const result of checkUp.results) this.tell(result);
    this.showButton();
    await checkUp.run();
    this.running = undefined;
    this.showButton();
  }

  private showButton(): void {
    const isRunning = this.running !== undefined;
    this.button.label = isRunning ? _('Cancel') : _('Start Check-Up');
    this.button.css_classes = isRunning ? ['pill'] : ['pill', 'suggested-action'];
  }

  private tell(result: CheckResult): void {
    let row = this.rows.get(result.id);
    if (row === undefined) {
      row = new CheckUpRow(checkTitle(result.id));
      this.rows.set(result.id, row);
      this.group.add(row);
    }
    const said = row.tell(result);
    if (result.state !== 'waiting' && result.state !== 'running') announce(this.button, said);
  }
}

/** One check, its state, and what it found. */
class CheckUpRow extends Adw.ActionRow {
  static {
    GObject.registerClass({ GTypeName: 'EscCheckUpRow' }, this);
  }

  private readonly icon = new Gtk.Image({ pixel_size: 16, accessible_role: Gtk.AccessibleRole.PRESENTATION });
  private readonly spinner = new Gtk.Spinner({ accessible_role: Gtk.AccessibleRole.PRESENTATION });
  private readonly state = new Gtk.Label({ css_classes: ['dim-label'] });

  public constructor(title: string) {
    super({ use_markup: false, title, subtitle_lines: 0 });
    this.add_prefix(this.icon);
    this.add_prefix(this.spinner);
    this.add_suffix(this.state);
  }

  /** @returns what a screen reader says of it */
  public tell(result: CheckResult): string {
    const { state, failure } = result;
    const number = failure === undefined ? '' : ` (${explain(failure).number})`;
    const text = checkText(result) + number;
    if (icons[state] === undefined) this.icon.clear();
    else this.icon.icon_name = icons[state];
    this.icon.visible = state !== 'running';
    this.icon.css_classes = state === 'failed' ? ['warning'] : ['success'];
    this.spinner.visible = state === 'running';
    this.spinner.spinning = state === 'running';
    this.state.label = checkStateText(state);
    this.subtitle = text;
    const label = [this.title, checkStateText(state), text].filter(Boolean).join(', ');
    setAccessibleName(this, label);
    return label;
  }
}
