import { runEscctl } from '../escctl/escctl.js';
import type { Demo } from './demo.js';

export interface EnrollmentOptions {
  readonly pin?: string;
  /** Needed where several cards are in. */
  readonly reader?: string;
  /** Of another session than that of the demo's programs. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Enrols a card of the demo for its user, by escctl. @throws Error with what escctl said */
export async function enrollCard(
  demo: Demo,
  { pin = 'Secret.12', reader, environment = demo.environment }: EnrollmentOptions = {},
): Promise<void> {
  const card = reader === undefined ? [] : ['--reader', reader];
  const login = ['--user', demo.user, '--password-file=-', '--pin-file=-'];
  const input = `${demo.password}\n${pin}\n`;
  const { status, stdout, stderr } = await runEscctl(['enroll', ...card, ...login], { environment, input });
  if (status !== 0) throw new Error(`the card was not enrolled: ${stdout}${stderr}`);
}
