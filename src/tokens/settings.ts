import Gio from 'gi://Gio';
import { TrustedServers } from './trusted-servers.js';

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
    return new Settings(source, new Gio.Settings({ settings_schema: schemaIn(source, schemaId) }));
  }

  /** Whose certificates are trusted beside the system's. */
  public readonly trusted: TrustedServers;

  private constructor(
    private readonly source: Gio.SettingsSchemaSource,
    public readonly store: Gio.Settings,
  ) {
    this.trusted = new TrustedServers(store);
  }

  /** Another schema of the program, such as `Card`. */
  public schema(name: string): Gio.SettingsSchema {
    return schemaIn(this.source, `${schemaId}.${name}`);
  }

  /**
   * Has dconf take up what was changed since the last look: it opens its database anew, which takes milliseconds where
   * many cards are remembered.
   */
  public refresh(): void {
    this.store.get_value('fallback-tps-url');
  }

  public get fallbackTpsUrl(): string {
    return this.store.get_string('fallback-tps-url').trim();
  }

  public get globalPhoneHomeUrl(): string {
    return this.store.get_string('global-phone-home-url').trim();
  }

  public get ignoresCardUrl(): boolean {
    return this.store.get_boolean('ignore-card-phone-home-url');
  }

  public get opensIssuerPages(): boolean {
    return this.store.get_boolean('open-issuer-page');
  }

  public get hidesFormat(): boolean {
    return this.store.get_boolean('hide-format');
  }

  /** The administrator has decided that nobody formats cards. */
  public get forbidsFormat(): boolean {
    return this.hidesFormat && !this.store.is_writable('hide-format');
  }

  public get tokenType(): string {
    return this.store.get_string('token-type');
  }

  /** Whether the session starts the agent. */
  public get autostart(): boolean {
    return this.store.get_boolean('autostart');
  }

  /** Keeps what the desktop has answered: where it does not start the agent, the setting is off, and it is known why. */
  public tellAutostart(granted: boolean): void {
    this.store.set_boolean('autostart-refused', !granted);
    if (!granted) this.store.set_boolean('autostart', false);
  }

  public get notifications(): boolean {
    return this.store.get_boolean('notifications');
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

function schemaIn(source: Gio.SettingsSchemaSource, id: string): Gio.SettingsSchema {
  const schema = source.lookup(id, true);
  if (schema === null) throw new Error(`the settings schema ${id} is not installed`);
  return schema;
}
