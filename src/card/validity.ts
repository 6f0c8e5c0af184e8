import type { CertificateInfo } from './certificate.js';

/** Days before its end from which on a certificate's holder is told to renew it. */
export const warningDays = 30;
const millisecondsPerDay = 24 * 60 * 60 * 1000;

/** How it stands with a certificate's time. */
export interface Validity {
  readonly state: 'not-yet' | 'good' | 'ending' | 'ended';
  /** Whole days to its end; since its end where it has ended; to its beginning where that is to come. */
  readonly days: number;
}

export function validityOf({ notBefore, notAfter }: CertificateInfo, now: Date): Validity {
  const daysTo = (time: Date): number => (time.getTime() - now.getTime()) / millisecondsPerDay;
  if (daysTo(notBefore) > 0) return { state: 'not-yet', days: Math.ceil(daysTo(notBefore)) };
  const left = daysTo(notAfter);
  if (left < 0) return { state: 'ended', days: Math.floor(-left) };
  return { state: left <= warningDays ? 'ending' : 'good', days: Math.floor(left) };
}

/** Of the holder's certificates the one that ends first, where it ends soon or has ended. */
export function endingFirst(
  certificates: readonly CertificateInfo[],
  now: Date,
): CertificateInfo | undefined {
  const [first] = certificates
    .filter(({ isCa }) => !isCa)
    .sort((a, b) => a.notAfter.getTime() - b.notAfter.getTime());
  if (first === undefined) return undefined;
  return ['ending', 'ended'].includes(validityOf(first, now).state) ? first : undefined;
}
