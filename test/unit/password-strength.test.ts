import { expect, test } from 'vitest';
import { passwordStrength, strengthScore } from '../../src/ui/password-strength.js';

test.each([
  ['', 0, 'none'],
  ['password', 30, 'very-weak'],
  ['Password', 40, 'weak'],
  ['passw0rd', 40, 'weak'],
  ['Passw0rd', 50, 'fair'],
  ['Passw0rd1', 60, 'good'],
  ['Secret.123', 85, 'strong'],
  ['a_b', 10, 'very-weak'],
] as const)('%j scores %i and is %s', (password, score, strength) => {
  expect(strengthScore(password)).toBe(score);
  expect(passwordStrength(password)).toBe(strength);
});
