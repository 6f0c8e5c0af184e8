import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** What can be done with the demo's cards while it runs. */
export interface CardOrders {
  insert(number: number): Promise<void>;
  remove(number: number): Promise<void>;
}

async function obey(order: string, cards: CardOrders): Promise<string> {
  const match = /^(insert|remove) (\d{1,2})$/.exec(order.trim());
  if (match === null) return 'not understood';
  const number = Number(match[2]);
  try {
    await (match[1] === 'insert' ? cards.insert(number) : cards.remove(number));
    return 'done';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Listens on a Unix socket of the user's own: a connection sends `insert N` or `remove N` and gets one line. */
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
