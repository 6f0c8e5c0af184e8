import Gio from 'gi://Gio';
import { messageOf } from './network-failure.js';

/** Opens a page in the person's browser. That there is none is said in the journal: it is no one's mistake here. */
export function openInBrowser(url: string): void {
  Gio.AppInfo.launch_default_for_uri_async(url, null, null, (_source, result) => {
    try {
      Gio.AppInfo.launch_default_for_uri_finish(result);
    } catch (error) {
      console.warn(`no program opens ${url}: ${messageOf(error)}`);
    }
  });
}
