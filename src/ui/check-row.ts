import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';

/** A row that can be ticked. Emits `toggled`. */
export class CheckRow extends Adw.ActionRow {
  static {
    GObject.registerClass({ GTypeName: 'EscCheckRow', Signals: { toggled: {} } }, this);
  }

  private readonly check: Gtk.CheckButton;

  public constructor(title: string, active: boolean) {
    super({ use_markup: false, title, subtitle_lines: 0 });
    this.check = new Gtk.CheckButton({ active, valign: Gtk.Align.CENTER });
    this.check.connect('toggled', () => this.emit('toggled'));
    this.add_prefix(this.check);
    this.activatable_widget = this.check;
  }

  public get active(): boolean {
    return this.check.active;
  }

  public set active(active: boolean) {
    this.check.active = active;
  }
}
