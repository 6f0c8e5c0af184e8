import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** GObject takes a name once in a process, and windows are loaded one by one: the second that has it cannot open. */
test('each class that GObject knows has a name of its own', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  const names = files.flatMap(file =>
    [...readFileSync(join(src, file), 'utf8').matchAll(/GTypeName: '(\w+)'/g)].map(match => match[1]),
  );
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
