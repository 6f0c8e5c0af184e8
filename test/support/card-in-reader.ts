/**
 * A program for tests that kill it: a private pcscd with a card in it that never stops changing.
 * Arguments: folder, vpcd-link, the card's file, first port. Prints `ready` when the card is in.
 */
import process from 'node:process';
import { toHex, u32 } from '../../src/base/bytes.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { insertCard } from '../../demo/card/vpcd.js';
import { startReaders } from '../../demo/readers/readers.js';
import { appletAid, CardHost } from './card-host.js';

const [directory = '', linkPath = '', file = '', port = ''] = process.argv.slice(2);
const firstPort = Number(port);
const card = new VirtualCard({ file });
const host = new CardHost(apdu => card.process(apdu));
await host.format();
await host.createObject('7A300000', 4, 'FFFFFFFFFFFF');
await startReaders({ count: 1, directory, namespacePrivate: true, firstPort });
await insertCard(card, { port: firstPort, linkPath });
console.log('ready');
for (let round = 0; ; round += 1) {
  // pcscd resets the card as it likes, so some of these find no applet selected.
  await host.select(appletAid);
  await host.send(`B0540000157A3000000000000004${toHex(u32(round))}0000000000000000`);
  // Timers and files get their turn.
  await new Promise(resolve => setImmediate(resolve));
}
