import type Gio from 'gi://Gio';
import type { ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import type { PlainHttpAnswer } from './operation-prompter.js';

const key = 'plain-http-servers';

/**
 * Which servers may get a login without encryption. Each is asked about once a run, unless the person had it
 * remembered. What goes to this computer itself (127.0.0.0/8, ::1, localhost: RFC 6761 §6.3) nobody else can read,
 * so it needs no question.
 */
export class PlainHttp {
  private readonly allowed = new Set<string>();

  public constructor(private readonly store: Gio.Settings) {}

  public get canRemember(): boolean {
    return this.store.is_writable(key);
  }

  public needsAnswer(server: ServerAddress): boolean {
    if (server.scheme === 'https' || isThisComputer(server.host)) return false;
    const name = serverName(server);
    return !this.allowed.has(name) && !this.store.get_strv(key).includes(name);
  }

  public remember(server: ServerAddress, answer: PlainHttpAnswer): void {
    if (answer === 'no') return;
    const name = serverName(server);
    this.allowed.add(name);
    if (answer === 'always') this.store.set_strv(key, [...this.store.get_strv(key), name]);
  }
}

/** @param host as parseTpsUrl gives it */
export function isThisComputer(host: string): boolean {
  return (
    /^127(\.\d{1,3}){3}$/.test(host) ||
    /^(0{0,4}:){2,7}0{0,3}1$/.test(host) ||
    /^(.+\.)?localhost\.?$/.test(host)
  );
}
