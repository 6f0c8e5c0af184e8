import { asFailure, Failure } from '../base/failure.js';
import { findProfiles, profileAt, profileTitle, type Profile } from '../desktop/profiles.js';
import { _ } from '../io/text.js';
import { explain, explainInline } from '../tokens/sentences.js';
import type { Arguments } from './arguments.js';
import { exitStatus } from './exit-status.js';
import { exactly, factsOf, printed } from './report.js';
import { usage } from './told.js';

/** What became of one profile, or of p11-kit. */
export interface Result {
  readonly title: string;
  readonly folder: string;
  readonly failure?: Failure;
}

/**
 * The profiles that --folder and --all name, or the only one that can be set up.
 * @throws Failure `usage` that lists them; `nss-refused`
 */
export function chooseProfiles({ profile, flags }: Arguments): Profile[] {
  if (profile !== undefined && flags.has('all')) throw usage('--folder and --all exclude each other');
  if (profile !== undefined) return [profileAt(profile)];
  const found = findProfiles().filter(({ sandbox }) => sandbox === undefined);
  if (flags.has('all') || found.length === 1) return found;
  if (found.length === 0) throw new Failure('nss-refused', 'no profile was found', { reason: 'no-profile' });
  const profiles = found.map(each => `\n  ${profileTitle(each)}  ${each.folder}`).join('');
  throw usage('name one with --folder, or use --all:{profiles}', { profiles });
}

/** Does the same with one after another; one that fails does not keep the next from it. */
export async function forEach(
  profiles: readonly Profile[],
  work: (profile: Profile) => Promise<void>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const profile of profiles)
    results.push(await resultOf(profileTitle(profile), profile.folder, () => work(profile)));
  return results;
}

export async function resultOf(
  title: string,
  folder: string,
  work: () => Promise<void> | void,
): Promise<Result> {
  try {
    await work();
    return { title, folder };
  } catch (error) {
    return { title, folder, failure: asFailure(error) };
  }
}

/**
 * Prints what became of each. @param about further members of the JSON document
 * @returns the exit status: that of the first failure
 */
export function reportResults(
  command: string,
  results: readonly Result[],
  json: boolean,
  about: object,
): number {
  const failed = results.find(({ failure }) => failure !== undefined)?.failure;
  if (json)
    printed({
      operation: command,
      outcome: failed === undefined ? 'done' : 'failed',
      code: failed?.code ?? 'done',
      message: failed === undefined ? _('Done.') : explain(failed).what,
      ...about,
      results: results.map(({ title, folder, failure }) => ({
        title,
        folder,
        code: failure?.code ?? 'done',
        message: failure === undefined ? _('Done.') : explain(failure).what,
        next: failure === undefined ? '' : explain(failure).next,
        ...(failure === undefined ? {} : { facts: factsOf(failure) }),
      })),
    });
  else printed(results.map(({ title, failure }) => `${title}: ${outcome(failure)}`).join('\n'));
  return failed === undefined ? 0 : exitStatus(failed.code);
}

function outcome(failure: Failure | undefined): string {
  return failure === undefined ? _('Done.') : `${explainInline(failure)}\n  ${exactly(failure)}`;
}
