import { cuidText, login } from './operation.js';
import type { Operation } from './operation.js';
import { aid } from './remote-card.js';
import type { SecureChannel } from './remote-card.js';
import { endOpCode, insistOnSuccess, serverRefusal } from './refusals.js';
import { isLost } from './tokens.js';
import type { Token } from './tokens.js';
import { loadBlockSize } from './applet-file.js';

/** The percentages between which the loading of the applet is reported. */
export interface ProgressRange {
  readonly start: number;
  readonly end: number;
}

/** TPS counts blocks of this size for the progress, though it sends smaller ones: it runs past the end. */
const progressBlockSize = 224;

/** The percentage after block `count`, counted from 0, of a file. */
export function loadProgress(range: ProgressRange, count: number, fileSize: number): number {
  const blocks = Math.max(1, Math.floor(fileSize / progressBlockSize));
  return range.start + Math.trunc((count * (range.end - range.start)) / blocks);
}

/**
 * Deletes the applet, loads it anew and installs it, through a channel to the card manager.
 * All that the applet held is gone.
 * @throws Failure `card-refused` 19
 */
export async function loadApplet(
  { session, profile }: Operation,
  channel: SecureChannel,
  range: ProgressRange,
): Promise<void> {
  const code = endOpCode.upgradeApplet;
  const { applet } = profile;
  await channel.delete(aid.applet);
  await channel.delete(aid.appletPackage);
  insistOnSuccess(await channel.installForLoad(applet.declaredSize), code, 'INSTALL');
  for (const [number, block] of applet.blocks.entries()) {
    const last = block.length < loadBlockSize;
    insistOnSuccess(await channel.load(number, block, last), code, 'LOAD');
    await session.tellStatus(loadProgress(range, number, applet.bytes.length), 'PROGRESS_APPLET_BLOCK');
  }
  insistOnSuccess(await channel.installForInstall(), code, 'INSTALL');
}

/** @throws Failure `card-refused` 19 */
export async function writeIssuerInfo({ profile }: Operation, channel: SecureChannel): Promise<void> {
  const answer = await channel.setIssuerInfo(profile.phoneHomeUrl);
  insistOnSuccess(answer, endOpCode.upgradeApplet, 'SET ISSUER INFO');
}

/** @throws Failure `server-refused` 26 for a card that was reported */
export function refuseLostCard(token: Token | undefined): void {
  if (token !== undefined && isLost(token))
    throw serverRefusal(endOpCode.disabledToken, `the card was reported: ${token.state}`);
}

/**
 * Gives the card a fresh applet, whatever was on it, and revokes its certificates.
 * @param whoAsks `authenticated`: another operation has asked for the password already.
 */
export async function format(
  operation: Operation,
  whoAsks: 'unknown' | 'authenticated' = 'unknown',
): Promise<void> {
  const { card, session, tokens, profile } = operation;
  const info = await card.readAppletInfo();
  const cuid = cuidText(info);
  await card.readBuildId();
  if (whoAsks === 'unknown') await login(operation);
  const token = tokens.find(cuid);
  refuseLostCard(token);
  if (token === undefined) tokens.add(cuid);
  await card.readBuildId();

  await card.askForProtocol();
  await card.selectOrFail(aid.cardManager);
  await loadApplet(operation, await card.openChannel(), { start: 10, end: 90 });

  await card.selectOrFail(aid.applet);
  await writeIssuerInfo(operation, await card.openChannel());
  await session.tellStatus(100, 'PROGRESS_DONE');
  // Whether the card's keys are to be changed: here they never are.
  await card.openChannel();
  tokens.formatted(cuid, profile.appletVersion);
}
