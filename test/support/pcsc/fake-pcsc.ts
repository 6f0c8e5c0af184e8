import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../processes.js';
import { buildFakePcsclite } from './build.js';

/** dwEventState without SCARD_STATE_CHANGED: an empty reader, and one with a card, each after `count` insertions and removals. */
export function empty(count: number): number {
  return (count << 16) | 0x10;
}
export function present(count: number): number {
  return (count << 16) | 0x20;
}

/** The stand-in for libpcsclite: see fake-pcsclite.c. */
export class FakePcsc {
  public readonly folder = mkdtempSync(join(tmpdir(), 'esc-fake-pcsc-'));
  public readonly env: NodeJS.ProcessEnv = {
    LD_LIBRARY_PATH: buildFakePcsclite(),
    FAKE_PCSC: this.folder,
    PCSCLITE_CSOCK_NAME: join(this.folder, 'pcscd.comm'),
  };

  /** Replaces the whole script. */
  public script(...lines: readonly string[]): void {
    const next = join(this.folder, 'script.new');
    writeFileSync(next, lines.map(line => `${line}\n`).join(''));
    renameSync(next, join(this.folder, 'script'));
  }

  /** What the shim watches for: the socket of a pcscd that has just started. */
  public touchSocket(): void {
    rmSync(join(this.folder, 'pcscd.comm'), { force: true });
    writeFileSync(join(this.folder, 'pcscd.comm'), '');
  }

  /** The calls so far, each with its arguments. */
  public calls(): string[] {
    const file = join(this.folder, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** A shim that was killed may still note a call. */
  public remove(): Promise<void> {
    return removeFolder(this.folder);
  }
}
