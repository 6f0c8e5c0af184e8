import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { PhoneHomeProfile } from './phone-home-state.js';
import type { Settings } from './settings.js';

/** Whether the issuer's page opens when the card is inserted. */
export type IssuerPageChoice = 'ask' | 'open' | 'never';

const folder = '/io/github/escproject/Esc/cards/';

/**
 * What is remembered of each card in the user's settings, by its CUID: a folder of keys for each, and an index.
 * A lookup reads the card's own keys and nothing else, however many cards there are.
 */
export class PhoneHomeCache {
  private readonly indexSchema: Gio.SettingsSchema;
  private readonly cardSchema: Gio.SettingsSchema;

  public constructor(settings: Settings) {
    this.indexSchema = settings.schema('Cards');
    this.cardSchema = settings.schema('Card');
  }

  /** The cards that something is remembered of, in the order in which they came: CUIDs in upper case. */
  public cuids(): string[] {
    return this.index().map(cuid => cuid.toUpperCase());
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
    const remaining = this.index().filter(other => other !== name);
    this.writeAtOnce(index => {
      this.reset(name, index.backend);
      index.set_strv('index', remaining);
    });
  }

  /** Forgets everything about every card. */
  public clearAll(): void {
    const names = this.index();
    this.writeAtOnce(index => {
      for (const name of names) this.reset(name, index.backend);
      index.reset('index');
    });
  }

  /** Waits until what was changed is on disk: a program that ends at once would lose it. */
  public flush(): void {
    Gio.Settings.sync();
  }

  private index(): string[] {
    return new Gio.Settings({ settings_schema: this.indexSchema }).get_strv('index');
  }

  private card(cuid: string, backend?: Gio.SettingsBackend): Gio.Settings {
    const where = { settings_schema: this.cardSchema, path: `${folder}${cuid.toLowerCase()}/` };
    return new Gio.Settings(backend === undefined ? where : { ...where, backend });
  }

  private reset(name: string, backend: Gio.SettingsBackend): void {
    const card = this.card(name, backend);
    for (const key of this.cardSchema.list_keys()) card.reset(key);
  }

  private change(cuid: string, work: (card: Gio.Settings) => void): void {
    const name = cuid.toLowerCase();
    const stored = this.card(name);
    const isNew = this.cardSchema.list_keys().every(key => stored.get_user_value(key) === null);
    const names = isNew ? this.index() : [];
    this.writeAtOnce(index => {
      work(this.card(name, index.backend));
      if (isNew && !names.includes(name)) index.set_strv('index', [...names, name]);
    });
  }

  /** The backends write everything anew for a change, so that all keys are changed in one. */
  private writeAtOnce(work: (index: Gio.Settings) => void): void {
    const index = new Gio.Settings({ settings_schema: this.indexSchema });
    index.delay();
    work(index);
    index.apply();
  }
}
