import { readCard, readContents } from '../../../src/card/card-report.js';
import { toHex } from '../../../src/base/bytes.js';
import { cplcAnswer, enrolledStatus, FakeCard, issuerInfo } from './fake-card.js';

/** Everything that is read of an enrolled card, as one line. Runs under Node and GJS alike. */
export async function cardAsJson(combined: Uint8Array): Promise<string> {
  const card = new FakeCard({
    cplc: cplcAnswer,
    applet: {
      lifeCycle: '0F010101',
      buildId: '58768072',
      status: enrolledStatus,
      issuer: issuerInfo('http://pki.example.com:8080/tps/phoneHome'),
      keys: [],
      objects: new Map([['7A300000', combined]]),
    },
  });
  const summary = await readCard(card);
  const contents = await readContents(card, summary);
  return JSON.stringify({ summary, contents }, (_key, value: unknown) =>
    value instanceof Uint8Array ? toHex(value) : value,
  );
}
