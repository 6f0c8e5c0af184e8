import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import { PhoneHomeProfile } from './phone-home-state.js';
import type { Settings } from './settings.js';

/** Whether the issuer's page opens when the card is inserted. */
export type IssuerPageChoice = 'ask' | 'open' | 'never';

const folder = '/io/github/escproject/Esc/cards/';

const shares = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * What is remembered of each card in the user's settings, by its CUID: a folder of keys for each. The folders are shared
 * out by the last byte of the CUID, with an index for each share, so that nothing is read or written of all cards when
 * one comes, however many there are.
 */
export class PhoneHomeCache {
  private readonly indexSchema: Gio.SettingsSchema;
  private readonly cardSchema: Gio.SettingsSchema;
  /** Of each share, where it is not the settings' own. */
  private readonly backends = new Map<string, Gio.SettingsBackend>();
  private readonly directory = keyfileDirectory();

  public constructor(settings: Settings) {
    this.indexSchema = settings.schema('Cards');
    this.cardSchema = settings.schema('Card');
  }

  /** The cards that something is remembered of, sorted: CUIDs in upper case. */
  public cuids(): string[] {
    return this.names()
      .map(name => name.toUpperCase())
      .sort();
  }

  public profile(cuid: string): PhoneHomeProfile | undefined {
    const card = this.card(cuid);
    const url = card.get_string('url');
    if (url === '') return undefined;
    const services = card.get_value<'a{ss}'>('services').deepUnpack();
    const info = { issuerName: card.get_string('issuer-name'), services: new Map(Object.entries(services)) };
    return new PhoneHomeProfile(url, info, new Date(card.get_int64('fetched') * 1000));
  }

  public store(cuid: string, profile: PhoneHomeProfile): void {
    this.change(cuid, card => {
      card.set_string('url', profile.url);
      card.set_string('issuer-name', profile.issuerName);
      card.set_value('services', new GLib.Variant('a{ss}', Object.fromEntries(profile.services)));
      card.set_int64('fetched', Math.floor(profile.fetchedAt.getTime() / 1000));
    });
  }

  /** The URL that the user set for this card; empty when there is none. */
  public ownUrl(cuid: string): string {
    return this.card(cuid).get_string('own-url');
  }

  public setOwnUrl(cuid: string, url: string): void {
    this.change(cuid, card => card.set_string('own-url', url));
  }

  public issuerPage(cuid: string): IssuerPageChoice {
    const choice = this.card(cuid).get_string('issuer-page');
    return choice === 'open' || choice === 'never' ? choice : 'ask';
  }

  public setIssuerPage(cuid: string, choice: IssuerPageChoice): void {
    this.change(cuid, card => card.set_string('issuer-page', choice));
  }

  public wasAskedForUrl(cuid: string): boolean {
    return this.card(cuid).get_boolean('asked-for-url');
  }

  public setAskedForUrl(cuid: string): void {
    this.change(cuid, card => card.set_boolean('asked-for-url', true));
  }

  /** Forgets everything about one card. */
  public clear(cuid: string): void {
    const name = cuid.toLowerCase();
    this.writeAtOnce(shareOf(name), index => {
      this.reset(name, index.backend);
      index.set_strv(
        'index',
        index.get_strv('index').filter(other => other !== name),
      );
    });
  }

  /** Forgets everything about every card. */
  public clearAll(): void {
    for (const share of new Set(this.names().map(shareOf)))
      this.writeAtOnce(share, index => {
        for (const name of index.get_strv('index')) this.reset(name, index.backend);
        index.reset('index');
      });
  }

  /** Waits until what was changed is on disk: a program that ends at once would lose it. */
  public flush(): void {
    Gio.Settings.sync();
  }

  private names(): string[] {
    return shares
      .filter(share => this.directory === undefined || GLib.file_test(this.file(share), GLib.FileTest.EXISTS))
      .flatMap(share => this.index(share).get_strv('index'));
  }

  private index(share: string): Gio.Settings {
    const path = `${folder}${share}/`;
    return new Gio.Settings({ settings_schema: this.indexSchema, path, ...this.backend(share) });
  }

  private card(cuid: string, backend?: Gio.SettingsBackend): Gio.Settings {
    const name = cuid.toLowerCase();
    const share = shareOf(name);
    const where = { settings_schema: this.cardSchema, path: `${folder}${share}/${name}/` };
    return new Gio.Settings({ ...where, ...(backend === undefined ? this.backend(share) : { backend }) });
  }

  /** The keyfile backend writes the whole of its file for each change, so that each share has a file of its own. */
  private backend(share: string): { readonly backend?: Gio.SettingsBackend } {
    if (this.directory === undefined) return {};
    const known = this.backends.get(share);
    if (known !== undefined) return { backend: known };
    // It would look for a missing folder again and again.
    GLib.mkdir_with_parents(this.directory, 0o700);
    const backend = Gio.keyfile_settings_backend_new(this.file(share), `${folder}${share}/`, 'cards');
    this.backends.set(share, backend);
    return { backend };
  }

  private file(share: string): string {
    return `${this.directory ?? ''}/${share}`;
  }

  private reset(name: string, backend: Gio.SettingsBackend): void {
    const card = this.card(name, backend);
    for (const key of this.cardSchema.list_keys()) card.reset(key);
  }

  private change(cuid: string, work: (card: Gio.Settings) => void): void {
    const name = cuid.toLowerCase();
    this.writeAtOnce(shareOf(name), index => {
      work(this.card(name, index.backend));
      const names = index.get_strv('index');
      if (!names.includes(name)) index.set_strv('index', [...names, name]);
    });
  }

  /** The backends write everything anew for a change, so that all keys are changed in one. */
  private writeAtOnce(share: string, work: (index: Gio.Settings) => void): void {
    const index = this.index(share);
    index.delay();
    work(index);
    index.apply();
  }
}

function shareOf(cuid: string): string {
  return cuid.slice(-2).toLowerCase();
}

/** Where the cards' files are, if the settings are in a file and not in a database. */
function keyfileDirectory(): string | undefined {
  // Every object of GObject is one; the types do not know.
  const backend = Gio.SettingsBackend.get_default() as object as GObject.TypeInstance;
  if (GObject.type_name_from_instance(backend) !== 'GKeyfileSettingsBackend') return undefined;
  return GLib.build_filenamev([GLib.get_user_config_dir(), 'esc', 'cards']);
}
