/** Builds the shim and the stand-in for libpcsclite, once for each state of their sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const shimFolder = join(root, 'src/pcsc/shim');
const output = join(root, 'build/test/pcsc');

const strict = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-Wconversion', '-Wshadow'];
const pcsc = ['-I/usr/include/PCSC', '-lpcsclite', '-lpthread'];

/** Two test files may build at the same time: the result appears whole or not at all. */
function compile(name: string, sources: readonly string[], flags: readonly string[]): string {
  const hash = createHash('sha256').update(flags.join(' '));
  for (const source of sources)
    for (const file of readdirSync(dirname(source)).filter(f => /\.[ch]$/.test(f)))
      hash.update(readFileSync(join(dirname(source), file)));
  const folder = join(output, hash.digest('hex').slice(0, 16));
  if (existsSync(join(folder, name))) return join(folder, name);
  mkdirSync(output, { recursive: true });
  const temporary = mkdtempSync(join(output, 'new-'));
  execFileSync('cc', [...sources, ...flags, '-o', join(temporary, name)], { stdio: 'inherit' });
  try {
    renameSync(temporary, folder);
  } catch {
    // The other one was quicker.
    rmSync(temporary, { recursive: true });
  }
  return join(folder, name);
}

function shimSources(): string[] {
  return readdirSync(shimFolder)
    .filter(file => file.endsWith('.c'))
    .map(file => join(shimFolder, file));
}

/** @returns path of esc-pcsc. */
export function buildShim(): string {
  return compile('esc-pcsc', shimSources(), [...strict, '-O2', '-g', ...pcsc]);
}

/** The same with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: a fault ends it with status 99. */
export function buildSanitizedShim(): string {
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
  return compile('esc-pcsc', shimSources(), [...strict, '-O1', '-g', ...sanitizers, ...pcsc]);
}

/** @returns the folder for LD_LIBRARY_PATH. */
export function buildFakePcsclite(): string {
  const name = 'libpcsclite.so.1';
  const source = join(import.meta.dirname, 'fake-pcsclite.c');
  const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-O1', '-fPIC', '-shared', `-Wl,-soname,${name}`];
  return dirname(compile(name, [source], [...flags, '-I/usr/include/PCSC']));
}
