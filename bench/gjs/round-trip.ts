/** round-trip.js SHIM READER WARMUP COUNT HEX: pcsc-loop transmit by the program's own way to the card. */
import GLib from 'gi://GLib';
import { programArgs } from 'system';
import { fromHex } from '../../src/base/bytes.js';
import { systemClock } from '../../src/io/clock.js';
import { shimLauncher } from '../../src/io/shim-process.js';
import { ShimClient } from '../../src/pcsc/client.js';
import { result, run } from './run.js';

const [shim = '', reader = '', warmup = '', count = '', hex = ''] = programArgs;

run(async () => {
  const client = new ShimClient(shimLauncher(shim), systemClock);
  const connection = await client.connect(reader, 'shared');
  const times: number[] = [];
  await connection.transaction(async () => {
    for (let i = 0; i < Number(warmup); i += 1) await connection.transmit(fromHex(hex));
    for (let i = 0; i < Number(count); i += 1) {
      const command = fromHex(hex);
      const begin = GLib.get_monotonic_time();
      await connection.transmit(command);
      times.push(GLib.get_monotonic_time() - begin);
    }
  });
  await connection.disconnect();
  client.close();
  // Microseconds.
  result(times);
});
