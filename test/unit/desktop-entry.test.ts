import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const data = resolve(import.meta.dirname, '../../data');
const entry = readFileSync(join(data, 'io.github.escproject.Esc.desktop.in'), 'utf8');

/** What the program opens by name. */
const pages = [
  ...readFileSync(join(data, '../src/ui/pages.ts'), 'utf8').matchAll(/^ {2}'?([a-z-]+)'?: \w+/gm),
].map(([, name]) => name);

function valueOf(key: string): string {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(entry)?.[1] ?? '';
}

describe('the desktop entry', () => {
  test('shows among the settings of the system', () => {
    expect(valueOf('Categories').split(';')).toEqual(expect.arrayContaining(['System', 'Settings']));
    expect(entry).not.toMatch(/^(NoDisplay|Hidden|OnlyShowIn)=/m);
  });

  test('has the icon that is installed, for the symbolic theme too', () => {
    for (const name of [valueOf('Icon'), `${valueOf('Icon')}-symbolic`])
      expect(existsSync(join(data, 'icons', `${name}.svg`)), name).toBe(true);
  });

  test('has an action for pages that can be opened, which are those that it names', () => {
    const actions = valueOf('Actions').split(';').filter(Boolean);
    const groups = [...entry.matchAll(/^\[Desktop Action (.+)\]\nName=.+\nExec=esc --page=(.+)$/gm)];
    expect(groups.map(([, name]) => name)).toEqual(actions);
    for (const [, name, page] of groups) {
      expect(page).toBe(name);
      expect(pages).toContain(page);
    }
  });
});
