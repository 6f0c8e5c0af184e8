/** Writes to an echo and reads it back, so many times on one connection, and tells how far it is. */
import GLib from 'gi://GLib';
import { programArgs } from 'system';
import { Cancellation } from '../../src/base/cancellation.js';
import { GioConnector } from '../../src/io/network.js';

const [port = '', count = ''] = programArgs;

async function run(): Promise<void> {
  const server = { scheme: 'http', host: '127.0.0.1', port: Number(port) } as const;
  const stream = await new GioConnector().connect(server, new Cancellation());
  for (let done = 0; done < Number(count); done += 1) {
    if (done % 1_000 === 0) print(done);
    const sent = Uint8Array.from({ length: 1 + (done % 300) }, (_, i) => (done * 31 + i * 7) & 0xff);
    await stream.write(sent);
    for (let got = 0; got < sent.length;) {
      const bytes = await stream.read(sent.length - got);
      if (bytes.length === 0 || bytes.some((byte, i) => byte !== sent[got + i]))
        throw new Error(`round trip ${done} came back changed`);
      got += bytes.length;
    }
  }
  stream.close();
  print(`${count} round trips`);
}

const loop = new GLib.MainLoop(null, false);
run()
  .catch((error: unknown) => print(String(error)))
  .finally(() => loop.quit())
  .catch(() => undefined);
loop.run();
