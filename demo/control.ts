import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { Loss } from './tps/tokens.js';

/** What can be done with the demo's cards while it runs. */
export interface CardOrders {
  insert(number: number): Promise<void>;
  remove(number: number): Promise<void>;
  /** Has a card that is in answer an operation of the server up to its first secure channel, and then nothing. */
  silence(number: number): void;
  /** Tells the TPS that a card is lost. @throws Error where it is not active there */
  report(number: number, loss: Loss): Promise<void> | void;
  /** Tells the TPS that a card is the user's. @throws Error where it is not formatted there */
  give(number: number): Promise<void> | void;
}

const orders: Readonly<Record<string, (cards: CardOrders, number: number) => Promise<void> | void>> = {
  insert: (cards, number) => cards.insert(number),
  remove: (cards, number) => cards.remove(number),
  silence: (cards, number) => cards.silence(number),
  damaged: (cards, number) => cards.report(number, 'DAMAGED'),
  lost: (cards, number) => cards.report(number, 'PERM_LOST'),
  give: (cards, number) => cards.give(number),
  suspended: (cards, number) => cards.report(number, 'SUSPENDED'),
};

async function obey(order: string, cards: CardOrders): Promise<string> {
  const [, name = '', number = ''] = /^([a-z]+) (\d{1,2})$/.exec(order.trim()) ?? [];
  const work = orders[name];
  if (work === undefined) return 'not understood';
  try {
    await work(cards, Number(number));
    return 'done';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Listens on a Unix socket of the user's own: a connection sends an order such as `insert N` and gets one line. */
export function listenForOrders(path: string, cards: CardOrders): Promise<Server> {
  const server = createServer(connection => {
    connection.setEncoding('utf8');
    connection.on('error', () => undefined);
    connection.once('data', (order: string) => {
      void obey(order, cards).then(answer => connection.end(`${answer}\n`));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve(server);
    });
  });
}
