import type { Failure } from '../../../src/base/failure.js';
import { runGjsProgram } from '../gjs-program.js';

export interface DocumentRequest {
  readonly url: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** PEM. */
  readonly trustAnchors?: string;
  /** Milliseconds. */
  readonly cancelAfter?: number;
}

export interface DocumentResult {
  readonly issuerName?: string;
  readonly services?: Readonly<Record<string, string>>;
  readonly failure?: Pick<Failure, 'code' | 'detail' | 'facts'>;
  readonly milliseconds: number;
}

/** Fetches and reads documents inside GJS, one after the other. */
export async function fetchInGjs(requests: readonly DocumentRequest[]): Promise<DocumentResult[]> {
  return JSON.parse(await runGjsProgram('documents', [JSON.stringify(requests)])) as DocumentResult[];
}
