import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf, results } from '../../src/pcsc/results.js';

const shim = readFileSync(resolve(import.meta.dirname, '../../src/pcsc/shim/results.c'), 'utf8');
const protocol = readFileSync(resolve(import.meta.dirname, '../../src/pcsc/shim/protocol.h'), 'utf8');

test('the shim and the client have the same results', () => {
  const own = new Map([...protocol.matchAll(/#define (ESC_E_\w+) (0x\w+)U/g)].map(m => [m[1], Number(m[2])]));
  const named = [...shim.matchAll(/\{(\w+?)U?, "(\w+)"\}/g)].map(([, code = '', name = '']) => [
    own.get(code) ?? Number(code),
    name,
  ]);
  expect(named.filter(([code]) => code !== 0)).toEqual(results.map(([code, name]) => [code, name]));
});

test("every result of pcsc-lite's header is there", () => {
  const header = readFileSync('/usr/include/PCSC/pcsclite.h', 'utf8');
  const defined = [...header.matchAll(/^#define SCARD_[SFEWP]_\w+\s+\(\(LONG\)(0x\w+)\)/gm)].map(m =>
    Number(m[1]),
  );
  expect(defined.length).toBeGreaterThan(60);
  const known = new Set(results.map(([code]) => code));
  expect(defined.filter(code => code !== 0 && !known.has(code))).toEqual([]);
});

test('no two results share a code or a name', () => {
  expect(new Set(results.map(([code]) => code)).size).toBe(results.length);
  expect(new Set(results.map(([, name]) => name)).size).toBe(results.length);
});

test('a failure says what was asked for, of which reader, and what came', () => {
  const failure = failureOf({ code: 0x80100069, name: 'SCARD_W_REMOVED_CARD' }, 'transmit', 'R');
  expect(failure.code).toBe('card-removed');
  expect(failure.detail).toBe('transmit: SCARD_W_REMOVED_CARD (80100069)');
  expect(failure.facts).toEqual({ result: 'SCARD_W_REMOVED_CARD', reader: 'R', step: 'transmit' });
});
