import { readFile, rename, writeFile } from 'node:fs/promises';
import { Failure } from '../../src/base/failure.js';
import type { SavedAuthority } from './ca.js';
import type { SavedTokens } from './tokens.js';

/** Holds private keys: the CA's and the archived ones. They are a demo's, and worth nothing. */
export interface SavedState extends SavedTokens {
  readonly authority: SavedAuthority;
}

function isState(value: unknown): value is SavedState {
  const state = value as Partial<SavedState> | null;
  return (
    typeof state === 'object' &&
    typeof state?.authority?.certificatePem === 'string' &&
    typeof state.authority.privateKeyPem === 'string' &&
    Array.isArray(state.tokens) &&
    Array.isArray(state.archive)
  );
}

/**
 * @returns undefined where there is no such file yet.
 * @throws Failure `malformed-data` when the file is not what this program wrote.
 */
export async function readState(path: string): Promise<SavedState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new Failure('malformed-data', `${path} is not JSON`, {}, { cause: error });
  }
  if (!isState(state)) throw new Failure('malformed-data', `${path} is not the state of a demo TPS`);
  return state;
}

/** Writes the newest state, one writing at a time, each to a new file that then takes the place of the old one. */
export class StateWriter {
  private writing: Promise<void> = Promise.resolve();
  private pending = false;

  public constructor(
    private readonly path: string,
    private readonly state: () => SavedState,
    private readonly log: (line: string) => void,
  ) {}

  /** Does not wait. */
  public save(): void {
    if (this.pending) return;
    this.pending = true;
    this.writing = this.writing.then(() => this.write());
  }

  public async finished(): Promise<void> {
    await this.writing;
  }

  private async write(): Promise<void> {
    this.pending = false;
    const fresh = `${this.path}.new`;
    try {
      await writeFile(fresh, JSON.stringify(this.state(), undefined, 1), { mode: 0o600 });
      await rename(fresh, this.path);
    } catch (error) {
      this.log(`the state was not saved: ${String(error)}`);
    }
  }
}
