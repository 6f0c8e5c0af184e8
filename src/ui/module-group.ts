import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { findModules, type CardModule } from '../desktop/modules.js';
import { _ } from '../io/text.js';

/** The PKCS #11 modules for cards that are installed, one of which is chosen. Emits `changed` when another one is. */
export class ModuleGroup extends Adw.PreferencesGroup {
  static {
    GObject.registerClass({ GTypeName: 'EscModuleGroup', Signals: { changed: {} } }, this);
  }

  private readonly choice = new Adw.ComboRow({ title: _('Module'), use_subtitle: true });
  private readonly file = new Adw.ActionRow({ title: _('The File of the Module'), subtitle_lines: 0 });
  private readonly none = new Adw.ActionRow({
    title: _('No Module Is Installed'),
    subtitle: _('Install opensc-pkcs11 (on Fedora opensc), then look again.'),
  });
  private found: readonly CardModule[] = [];

  public constructor() {
    super({
      title: _('Module for Cards'),
      description: _('The library (PKCS #11) by which programs reach the card.'),
    });
    for (const row of [this.choice, this.file, this.none]) this.add(row);
    this.choice.connect('notify::selected', () => this.show_module());
  }

  public get modules(): readonly CardModule[] {
    return this.found;
  }

  /** The module that is registered next; undefined where none is installed. */
  public get module(): CardModule | undefined {
    return this.found[this.choice.selected];
  }

  public look(): void {
    const found = findModules();
    const same = found.map(({ path }) => path).join() === this.found.map(({ path }) => path).join();
    this.found = found;
    if (!same) this.choice.model = Gtk.StringList.new(found.map(({ name }) => name));
    for (const row of [this.choice, this.file]) row.visible = found.length > 0;
    this.none.visible = found.length === 0;
    this.show_module();
  }

  private show_module(): void {
    this.file.subtitle = this.module?.path ?? '';
    this.emit('changed');
  }
}
