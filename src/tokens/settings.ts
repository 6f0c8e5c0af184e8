import Gio from 'gi://Gio';

const schemaId = 'io.github.escproject.Esc';

/** What the user or the administrator has set. Seconds on disk are milliseconds here. */
export class Settings {
  /** @param schemadir where the installed schema lies, whatever the prefix. */
  public static open(schemadir: string): Settings {
    const source = Gio.SettingsSchemaSource.new_from_directory(
      schemadir,
      Gio.SettingsSchemaSource.get_default(),
      false,
    );
    const schema = source.lookup(schemaId, true);
    if (schema === null) throw new Error(`the settings schema ${schemaId} is not in ${schemadir}`);
    return new Settings(new Gio.Settings({ settings_schema: schema }));
  }

  private constructor(public readonly store: Gio.Settings) {}

  public get fallbackTpsUrl(): string {
    return this.store.get_string('fallback-tps-url').trim();
  }

  public get tokenType(): string {
    return this.store.get_string('token-type');
  }

  public get connectTimeout(): number {
    return this.store.get_uint('connect-timeout') * 1000;
  }

  public get messageTimeout(): number {
    return this.store.get_uint('message-timeout') * 1000;
  }

  public get cardTimeout(): number {
    return this.store.get_uint('card-timeout') * 1000;
  }
}
