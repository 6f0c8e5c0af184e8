import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { concatBytes, u16 } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { CardPulled } from './faults.js';
import type { VirtualCard } from './virtual-card.js';

export interface InsertionOptions {
  /** Of the virtual reader's slot on 127.0.0.1. */
  readonly port: number;
  /** The vpcd-link program. */
  readonly linkPath: string;
}

/** A card in a virtual reader. */
export interface InsertedCard {
  readonly card: VirtualCard;
  /** Fulfilled when the reader has seen the card and powers it: pcscd is about to tell of it; also when it is out. */
  readonly powered: Promise<void>;
  /** Fulfilled when the card is out, by remove(), a fault rule, or the reader's end; its state is in its file then. */
  readonly removed: Promise<void>;
  /** Takes the card out; pcscd sees it some 0.4 s later. */
  remove(): Promise<void>;
}

/** vpcd's control bytes. Only the last has an answer. */
const control = { powerOff: 0, powerOn: 1, reset: 2, getAtr: 4 } as const;

/** Cuts vpcd's stream into messages: u16 big-endian length, payload. */
async function* messages(stream: Readable): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array = new Uint8Array(0);
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    pending = pending.length === 0 ? chunk : concatBytes(pending, chunk);
    for (;;) {
      const end = 2 + ((pending[0] ?? 0) << 8) + (pending[1] ?? 0);
      if (pending.length < 2 || pending.length < end) break;
      yield pending.slice(2, end);
      pending = pending.subarray(end);
    }
  }
}

/** @returns what goes back to the reader, undefined for what has no answer. */
async function answerTo(card: VirtualCard, message: Uint8Array): Promise<Uint8Array | undefined> {
  if (message.length !== 1) return card.process(message);
  switch (message[0]) {
    case control.powerOff:
    case control.powerOn:
    case control.reset:
      card.losePower();
      return undefined;
    case control.getAtr:
      return card.atr;
    default:
      return undefined;
  }
}

/**
 * Puts a card into a virtual reader.
 * @throws Failure `reader-lost` when nothing listens at the port or the link cannot be started.
 */
export async function insertCard(card: VirtualCard, options: InsertionOptions): Promise<InsertedCard> {
  const link = spawn(options.linkPath, [`${options.port}`], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<void>(resolve => link.once('close', () => resolve()));
  // What is written to a link that is gone is lost, as with a card that is pulled out.
  link.stdin.on('error', () => undefined);
  const fromReader = messages(link.stdout);
  const lost = (cause?: unknown): Failure =>
    new Failure('reader-lost', `no virtual reader at port ${options.port}`, {}, { cause });
  try {
    await once(link, 'spawn');
  } catch (error) {
    throw lost(error);
  }
  const connected = await fromReader.next();
  if (connected.done === true) throw lost();

  let seePower = (): void => undefined;
  const powered = new Promise<void>(resolve => (seePower = resolve));
  const serve = async (): Promise<void> => {
    try {
      for await (const message of fromReader) {
        if (message.length === 1 && message[0] === control.powerOn) seePower();
        const answer = await answerTo(card, message);
        if (answer !== undefined) link.stdin.write(concatBytes(u16(answer.length), answer));
      }
    } catch (error) {
      if (!(error instanceof CardPulled)) throw error;
    } finally {
      link.kill();
    }
  };
  const finish = async (): Promise<void> => {
    // A card that fell silent still serves when it is taken out.
    await Promise.race([serve(), ended]);
    await ended;
    seePower();
    card.losePower();
    card.flush();
  };
  const removed = finish();
  return {
    card,
    powered,
    removed,
    remove: () => {
      link.kill();
      return removed;
    },
  };
}
