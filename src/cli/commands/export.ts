import { concatBytes } from '../../base/bytes.js';
import { Failure } from '../../base/failure.js';
import type { CertificateInfo } from '../../card/certificate.js';
import { isTerminal, writeFile, writeTo } from '../../io/terminal.js';
import { encodeCertificate, type CertificateFormat } from '../../tokens/certificate-export.js';
import type { Arguments } from '../arguments.js';
import { forCards } from '../options.js';
import { printed } from '../report.js';
import { readable } from './cards.js';
import type { Command } from './command.js';
import { usage } from '../told.js';

export const exportCertificates: Command = {
  name: 'certificates export',
  operands: [],
  options: [...forCards, 'format', 'output', 'label'],
  async run(context) {
    const { args } = context;
    const format = formatOf(args);
    const { output } = args;
    if (output === undefined) checkStandardOutput(args, format);
    const token = await readable(context);
    const chosen = choose(token.contents?.certificates ?? [], format, args.label);
    const content = concatBytes(...chosen.map(certificate => encodeCertificate(certificate, format)));
    return () => {
      if (output === undefined) {
        writeTo(1, content);
        return 0;
      }
      writeFile(output, content);
      if (!args.json) return 0;
      const certificates = chosen.map(({ label, sha256 }) => ({ label, sha256 }));
      return printed({ output, format, certificates });
    };
  },
};

function formatOf({ format = 'pem' }: Arguments): CertificateFormat {
  if (format === 'pem' || format === 'der') return format;
  throw usage('--format is pem or der');
}

function checkStandardOutput({ json }: Arguments, format: CertificateFormat): void {
  if (json) throw usage('--json needs --output here: standard output has the document');
  if (format === 'der' && isTerminal(1)) throw usage('DER is no text for a terminal: use --output');
}

/** @throws Failure `usage` that names the certificates there are */
function choose(
  certificates: readonly CertificateInfo[],
  format: CertificateFormat,
  wanted: string | undefined,
): readonly CertificateInfo[] {
  const labels = certificates.map(({ label }) => `\n  ${label}`).join('');
  if (certificates.length === 0)
    throw new Failure('unsuitable-card', 'it has no certificate', { reason: 'card-without-certificate' });
  if (wanted === undefined) {
    if (format === 'pem' || certificates.length === 1) return certificates;
    throw usage('a file in DER holds one certificate; name it with --label:{labels}', { labels });
  }
  const chosen = certificates.filter(({ label }) => label === wanted);
  if (chosen.length === 0)
    throw usage('there is no certificate “{wanted}”; there are:{labels}', { wanted, labels });
  return chosen;
}
