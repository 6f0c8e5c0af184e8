/** Several people at once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { Desk } from '../support/dogtag/desk.js';
import { lab } from '../support/dogtag/lab.js';
import { archivedKeys, certificateRecords } from '../support/dogtag/records.js';
import { expectEnrolled } from '../support/dogtag/three-sides.js';

const readers = [0, 1, 2, 3];

let desk: Desk;

beforeAll(async () => {
  await lab.use();
  desk = await Desk.open(readers.length);
});
afterAll(() => desk.close());

test('four cards of four users are formatted and enrolled at once, and each has its own user’s keys', async () => {
  const stations = [];
  for (const reader of readers)
    stations.push({
      reader,
      pin: `Station.${reader}`,
      person: await lab.newPerson(),
      card: await desk.insertNew(reader),
    });
  await Promise.all(
    stations.map(async ({ reader, person, pin }) => {
      await desk.mustOperate('format', { person, reader });
      await desk.mustOperate('enroll', { person, pin, reader });
    }),
  );
  const serials = new Set<string | undefined>();
  for (const { reader, person, pin, card } of stations) {
    await expectEnrolled(desk, { card, person, pin, reader });
    expect(await archivedKeys(person.user)).toHaveLength(1);
    const certificates = await certificateRecords(toHex(card.cuid));
    expect(certificates).toHaveLength(2);
    for (const { serial, user } of certificates) {
      expect(user).toBe(person.user);
      serials.add(serial);
    }
  }
  expect(serials.size).toBe(2 * readers.length);
});
