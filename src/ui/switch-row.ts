import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';

/** A switch that shows how something is and asks for it to be otherwise. Emits `switched`. */
export class SwitchRow extends Adw.ActionRow {
  static {
    GObject.registerClass({ GTypeName: 'EscSwitchRow', Signals: { switched: {} } }, this);
  }

  private readonly toggle = new Gtk.Switch({ valign: Gtk.Align.CENTER });

  public constructor(title: string) {
    super({ use_markup: false, title, subtitle_lines: 0 });
    this.add_suffix(this.toggle);
    this.activatable_widget = this.toggle;
    this.toggle.connect('state-set', (toggle, wanted) => {
      // The switch moves at once; its state follows when the work is done.
      if (wanted !== toggle.state) this.emit('switched');
      return true;
    });
  }

  /** What the switch is set to, which may be what is asked for and not yet so. */
  public get wanted(): boolean {
    return this.toggle.active;
  }

  /** @param changeable whether the switch can be moved now */
  public show_state(on: boolean, changeable: boolean, words: string): void {
    this.subtitle = words;
    this.toggle.state = on;
    this.toggle.active = on;
    this.toggle.sensitive = changeable;
  }
}
