import Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import type { Failure } from '../base/failure.js';
import { UntrustedServer, type ShownCertificate } from '../base/untrusted-server.js';
import { _, fill } from '../io/text.js';
import { explain } from '../tokens/sentences.js';
import type { TrustedServers } from '../tokens/trusted-servers.js';
import { ask } from './ask.js';
import { certificateRows } from './certificate-rows.js';
import { headingOf } from './heading.js';
import { scrolledBody } from './scrolled-body.js';
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
  const { heading, body } = lock === undefined ? question(failure) : refusal(failure, lock);
  const groups = [group(_('Certificate of the Server'), certificate)];
  if (issuer !== undefined) groups.unshift(group(_('Certificate of the Issuer'), issuer));
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading,
    extra_child: scrolledBody(body, ...groups),
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

function group(title: string, certificate: ShownCertificate): Gtk.Widget {
  const rows = new Adw.PreferencesGroup({ title });
  wrapTitle(rows);
  for (const row of certificateRows(certificate)) rows.add(row);
  return rows;
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
  return { heading: headingOf(explain(failure).what), body: `${what} ${next}` };
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
