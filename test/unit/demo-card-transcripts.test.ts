/**
 * The virtual card, taken through the operations of a real TPS one after the other, answers as the real applet did.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { CardHost } from '../support/card-host.js';

const text = readFileSync(resolve(import.meta.dirname, '../vectors/real-applet-apdus.txt'), 'utf8');

const operations = text
  .split(/^\[/m)
  .slice(1)
  .map(section => {
    const [title = '', ...lines] = section.split('\n');
    const exchanges = lines
      .filter(line => line.includes(' > '))
      .map(line => {
        const [command = '', answer = ''] = line.split(' > ');
        return { command, answer };
      });
    return { name: title.replace(']', ''), exchanges };
  });

/** What of an answer is the same on every card of this CUID: not its challenges and its keys. */
function fixedPart(command: string, answer: string): string {
  if (command.startsWith('8050')) return `${answer.slice(0, 24)}… ${answer.length}`;
  const fromIoBuffer = command.startsWith('8456000009FFFFFFFF');
  if (!fromIoBuffer) return answer;
  const isFirst = command.slice(18, 26) === '00000000';
  return `${isFirst ? answer.slice(0, 16) : ''}… ${answer.length} ${answer.slice(-4)}`;
}

async function ask(host: CardHost, command: string): Promise<string> {
  if (command.startsWith('8050')) {
    // The host's challenge is its own; it also sends EXTERNAL AUTHENTICATE.
    await host.openChannel();
    return `40906145C762000077770101${'0'.repeat(32)}9000`;
  }
  if (command.startsWith('8482')) return '9000';
  if (command.startsWith('84')) return host.secured(command.slice(2, 8), command.slice(10));
  return host.send(command);
}

test('the recording has seven operations and 436 exchanges', () => {
  expect(operations).toHaveLength(7);
  expect(operations.flatMap(operation => operation.exchanges)).toHaveLength(436);
});

describe.each([
  // The recording begins on a card with the applet's code and no applet.
  { life: 'at 1024 bit', part: operations.slice(0, 4), prepare: (host: CardHost) => host.load(1000) },
  { life: 'at 2048 bit', part: operations.slice(4), prepare: (host: CardHost) => host.format() },
])('a card through its life $life', ({ part, prepare }) => {
  const card = new VirtualCard({ number: 1 });
  const host = new CardHost(apdu => card.process(apdu));
  beforeAll(() => prepare(host));

  test.each(part)('$name', async ({ exchanges }) => {
    for (const { command, answer } of exchanges) {
      const step = command.slice(0, 40);
      expect([step, fixedPart(command, await ask(host, command))]).toEqual([
        step,
        fixedPart(command, answer),
      ]);
    }
  });
});
