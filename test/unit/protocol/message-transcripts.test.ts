import { describe, expect, test } from 'vitest';
import { encodeMessage, MessageReader } from '../../../src/protocol/message.js';
import { transcripts } from '../../support/protocol/transcripts.js';

describe.each(transcripts())('$name', ({ client, server }) => {
  test('every message survives encoding and decoding', () => {
    for (const message of [...client.messages, ...server.messages]) {
      const reader = new MessageReader();
      reader.push(encodeMessage(message));
      expect(reader.next()).toEqual(message);
    }
  });
});
