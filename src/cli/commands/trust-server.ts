import type { Cancellation } from '../../base/cancellation.js';
import type { ShownCertificate, UntrustedServer } from '../../base/untrusted-server.js';
import { _, fill } from '../../io/text.js';
import { meetServer } from '../../tokens/meet-server.js';
import type { TrustedCertificate } from '../../tokens/trusted-servers.js';
import { requireYes } from '../confirm.js';
import { printed, printedOr } from '../report.js';
import type { Command, Context, Report } from './command.js';
import { usage } from '../told.js';

const name = 'trust-server';

export const trustServer: Command = {
  name,
  operands: ['[URL]'],
  options: ['yes', 'list', 'remove'],
  async run(context) {
    const { operands, flags } = context.args;
    const [operand] = operands;
    if (flags.has('list') !== (operand === undefined))
      throw usage('trust-server takes a URL, or --remove with a fingerprint, or --list');
    if (operand === undefined) return list(context);
    return flags.has('remove') ? forget(context, operand) : trust(context, operand);
  },
};

async function trust({ model, args, interruption }: Context, url: string): Promise<Report> {
  const { trusted } = model.settings;
  const failure = await meetServer(model.settings, url, interruption);
  if (failure !== undefined) {
    const lock = trusted.lockOf(failure);
    if (lock !== undefined) throw lock.with(failure.facts);
    if (!args.flags.has('yes')) await agree(failure, interruption);
    trusted.add(failure);
  }
  return () => {
    if (args.json) return printed(trustJson(failure));
    if (failure === undefined) return printed(_('This server is trusted already.'));
    return printed(`${describe(failure)}\n\n${_('It is trusted from now on, by this program alone.')}`);
  };
}

/** @throws Failure as `requireYes` */
function agree(failure: UntrustedServer, cancellation: Cancellation): Promise<void> {
  const question = `${describe(failure)}\n\n${_('Are these the fingerprints that your help desk gives, and is it to be trusted?')}`;
  return requireYes(question, cancellation, failure.facts);
}

function trustJson(failure: UntrustedServer | undefined): object {
  const about = { operation: name, outcome: 'done' };
  if (failure === undefined) return { ...about, code: 'trusted-before' };
  const { certificate, issuer, facts } = failure;
  return { ...about, code: 'done', server: facts.server ?? '', certificate, issuer: issuer ?? null };
}

function describe({ certificate, issuer, facts }: UntrustedServer): string {
  const parts = [
    fill(_('Certificate of {server}'), { server: facts.server ?? '' }),
    certificateText(certificate),
    ...(issuer === undefined ? [] : [_('Certificate of its issuer'), certificateText(issuer)]),
  ];
  return parts.join('\n');
}

function certificateText({ subject, issuer, notAfter, sha256 }: ShownCertificate): string {
  return [
    `  ${_('Subject')}: ${subject}`,
    `  ${_('Issuer')}: ${issuer}`,
    `  ${_('Valid until')}: ${notAfter}`,
    `  SHA-256: ${sha256}`,
  ].join('\n');
}

function list({ model, args }: Context): Report {
  const entries = model.settings.trusted.list();
  return () =>
    args.json
      ? printed(entries.map(entryJson))
      : printedOr(entries.map(entryText).join('\n\n'), _('No server and no issuer is trusted by hand.'));
}

function entryJson({ kind, pem, certificate, locked }: TrustedCertificate): object {
  return { kind, locked, certificate: certificate ?? null, pem };
}

function entryText({ kind, certificate, locked }: TrustedCertificate): string {
  const title = kind === 'issuer' ? _('Issuer of certificates for servers') : _('Certificate of one server');
  const suffix = locked ? ` (${_('set by the administrator')})` : '';
  const text = certificate === undefined ? `  ${_('It cannot be read.')}` : certificateText(certificate);
  return `${title}${suffix}\n${text}`;
}

function forget({ model, args }: Context, fingerprint: string): Report {
  const { trusted } = model.settings;
  const digits = (text: string): string => text.replace(/[^0-9a-f]/gi, '').toUpperCase();
  const entry = trusted
    .list()
    .find(
      ({ certificate }) => certificate !== undefined && digits(certificate.sha256) === digits(fingerprint),
    );
  if (entry === undefined)
    throw usage('no trusted certificate has this SHA-256 fingerprint: see trust-server --list');
  trusted.remove(entry);
  return () =>
    printed(
      args.json ? { operation: name, outcome: 'done', code: 'done' } : _('It is not trusted any more.'),
    );
}
