import { createServer, type Server } from 'node:net';
import { listeningPorts } from './listening-ports.js';

/** Below the range from which Linux takes the ports of outgoing connections. */
const lowest = 12_288;
const highest = 19_967;
/** A port for each of the readers that one pcscd can have. */
const perClaim = 16;

/** Ports in a row that no other claim holds and at which nothing listens. */
export interface ClaimedPorts {
  readonly first: number;
  release(): void;
}

/** A socket of Linux's abstract namespace is a lock that ends with its process. @returns undefined when taken */
function lock(name: string): Promise<Server | undefined> {
  const server = createServer(connection => connection.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => resolve(server));
  });
}

/** Finds ports for the readers of a private pcscd, so that any number of demos run side by side. */
export async function claimPorts(): Promise<ClaimedPorts> {
  for (let first = lowest; first + perClaim - 1 <= highest; first += perClaim) {
    const held = await lock(`esc-virtual-readers-${first}`);
    if (held === undefined) continue;
    const taken = await listeningPorts();
    if (!Array.from({ length: perClaim }, (_, i) => first + i).some(port => taken.has(port)))
      return { first, release: () => void held.close() };
    held.close();
  }
  throw new Error(`no ${perClaim} ports in a row are free from ${lowest} to ${highest}`);
}
