import { cuidText, login, setNewPin } from './operation.js';
import type { Operation } from './operation.js';
import { aid } from './remote-card.js';
import { endOpCode, serverRefusal } from './refusals.js';

/** Sets a new PIN on an active card and unblocks it. */
export async function resetPin(operation: Operation): Promise<void> {
  const { card, session, tokens } = operation;
  await session.tellStatus(10, 'PROGRESS_START_PIN_RESET');
  const token = tokens.find(cuidText(await card.readAppletInfo()));
  if (token === undefined) throw serverRefusal(endOpCode.unspecified, 'the card is not known');
  await card.readBuildId();
  await session.tellStatus(15, 'PROGRESS_PIN_RESET_RESOLVE_PROFILE');
  await login(operation);
  if (token.state !== 'ACTIVE') throw serverRefusal(endOpCode.notPinResetable, 'the card is not active');

  await card.selectOrFail(aid.cardManager);
  await card.askForProtocol();
  await card.openChannel();
  await card.readAppletInfo();
  await setNewPin(operation, await card.openChannel());
  await session.tellStatus(100, 'PROGRESS_PIN_RESET_COMPLETE');
}
