export type PasswordStrength = 'none' | 'very-weak' | 'weak' | 'fair' | 'good' | 'strong';

/**
 * How hard a password is to guess, 0 to 100: length, digits, signs and upper case count, as in the client
 * that users know. It only informs.
 */
export function strengthScore(password: string): number {
  const count = (pattern: RegExp): number => Math.min(password.match(pattern)?.length ?? 0, 3);
  const length = Math.min(Array.from(password).length, 5);
  const score = 10 * length - 20 + 10 * count(/\d/g) + 15 * count(/\W/g) + 10 * count(/\p{Lu}/gu);
  return Math.max(0, Math.min(100, score));
}

export function passwordStrength(password: string): PasswordStrength {
  if (password === '') return 'none';
  const score = strengthScore(password);
  if (score < 40) return 'very-weak';
  if (score < 50) return 'weak';
  if (score < 60) return 'fair';
  return score < 80 ? 'good' : 'strong';
}
