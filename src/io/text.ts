import Gettext from 'gettext';
import GLib from 'gi://GLib';

const domain = 'esc';

/** Sets the language up; to be called once, before any text is asked for. */
export function initText(localedir: string): void {
  // Without a locale that exists, setlocale fails and everything stays in English.
  Gettext.setlocale(Gettext.LocaleCategory.ALL, null);
  Gettext.bindtextdomain(domain, localedir);
  Gettext.textdomain(domain);
  GLib.set_application_name(_('Smart Card Manager'));
}

/** The translation of `text`. */
export function _(text: string): string {
  return Gettext.dgettext(domain, text);
}

/** The translation of a short text that means something else in another place, which the context tells. */
export function pgettext(context: string, text: string): string {
  return Gettext.dpgettext(domain, context, text);
}

export function ngettext(one: string, many: string, count: number): string {
  return Gettext.dngettext(domain, one, many, count);
}

/** `{name}` in a translated text replaced by its value. An unknown name stays as it is. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));
}
