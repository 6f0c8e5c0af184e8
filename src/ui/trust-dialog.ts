import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import type { Failure } from '../base/failure.js';
import { UntrustedServer } from '../base/untrusted-server.js';
import { _, fill } from '../io/text.js';
import { explain } from '../tokens/sentences.js';
import type { TrustedServers } from '../tokens/trusted-servers.js';
import { ask } from './ask.js';
import { certificateRows } from './certificate-rows.js';
import { wrapTitle } from './wrap-title.js';

/**
 * Shows who the server says it is and why that is not believed.
 * @param lock why the person cannot decide to trust it, where that is so
 * @returns whether it is to be trusted from now on
 */
export async function askTrust(
  parent: Gtk.Window,
  failure: UntrustedServer,
  lock: Failure | undefined,
  cancellation?: Cancellation,
): Promise<boolean> {
  const { certificate, issuer } = failure;
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    ...(lock === undefined ? question(failure) : refusal(failure, lock)),
  });
  // The view would cut the outline of the groups.
  const margins = { margin_start: 2, margin_end: 2, margin_bottom: 2 };
  const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 18, ...margins });
  const own = new Adw.PreferencesGroup({ title: _('Certificate of the Server') });
  wrapTitle(own);
  for (const row of certificateRows(certificate)) own.add(row);
  if (issuer !== undefined) {
    const group = new Adw.PreferencesGroup({ title: _('Certificate of the Issuer') });
    wrapTitle(group);
    for (const row of certificateRows(issuer)) group.add(row);
    box.append(group);
  }
  box.append(own);
  dialog.extra_child = new Gtk.ScrolledWindow({
    child: box,
    hscrollbar_policy: Gtk.PolicyType.NEVER,
    propagate_natural_height: true,
    min_content_height: 140,
    max_content_height: 320,
  });
  dialog.add_response('cancel', lock === undefined ? _('Cancel') : _('Close'));
  if (lock === undefined) {
    dialog.add_response('trust', issuer === undefined ? _('Trust This Server') : _('Trust This Issuer'));
    dialog.set_response_appearance('trust', Adw.ResponseAppearance.DESTRUCTIVE);
  }
  dialog.default_response = 'cancel';
  dialog.close_response = 'cancel';
  return (await ask(dialog, cancellation)) === 'trust';
}

/**
 * Does what a server is needed for. Where nobody who is trusted vouches for that server, the person is asked, and who
 * agrees has it done again.
 * @throws what the work throws; Failure `setting-locked`
 */
export async function withTrust<T>(
  parent: Gtk.Window,
  trusted: TrustedServers,
  work: () => Promise<T>,
  cancellation?: Cancellation,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UntrustedServer)) throw error;
      if (!(await askTrust(parent, error, trusted.lockOf(error), cancellation))) throw error;
      trusted.add(error);
    }
  }
}

interface Words {
  readonly heading: string;
  readonly body: string;
}

function question({ certificate, issuer, facts }: UntrustedServer): Words {
  const server = facts.server ?? certificate.subject;
  return {
    heading: fill(_('Trust {server}?'), { server }),
    body: `${issuer === undefined ? whyItself(server) : whyIssuer(server)} ${howToDecide()}`,
  };
}

function refusal(failure: UntrustedServer, lock: Failure): Words {
  const { what, next } = explain(lock);
  return { heading: explain(failure).what, body: `${what} ${next}` };
}

function whyIssuer(server: string): string {
  return fill(_('The certificate of {server} was issued by somebody who is not known on this computer.'), {
    server,
  });
}

function whyItself(server: string): string {
  return fill(_('Nobody who is known on this computer vouches for the certificate of {server}.'), { server });
}

function howToDecide(): string {
  return _(
    'Somebody in between could show one like it. Compare the fingerprint with the one that your help desk gives you. Only this program is going to trust it.',
  );
}
