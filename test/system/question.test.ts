/** Questions in a dialog, where the desktop has animations off. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runGjsProgram } from '../support/gjs-program.js';
import { onDisplay, startDisplay, type Display } from '../support/window/driver.js';

let display: Display;

beforeAll(async () => {
  display = await startDisplay(800, 800);
});
afterAll(() => display.server.kill());

test.each([
  [360, 520],
  [720, 620],
])('a long question before a window of %i by %i pixels shows its buttons whole', async (...size) => {
  const environment = { ...onDisplay(display), GSETTINGS_BACKEND: 'memory' };
  const printed = await runGjsProgram('question', size.map(String), environment);
  const { height, ends } = JSON.parse(printed) as { height: number; ends: Record<string, number> };
  expect(Object.keys(ends).sort()).toEqual(['Cancel', 'Trust This Issuer']);
  for (const end of Object.values(ends)) expect(end).toBeLessThanOrEqual(height);
});
