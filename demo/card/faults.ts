import type { CommandName } from '../../src/card/command-name.js';

export type Fault =
  /** The card refuses without doing anything. */
  | { readonly kind: 'answer'; readonly statusWord: number }
  /** The card is pulled out: before it does what the command says, or after, with the answer lost. */
  | { readonly kind: 'pull'; readonly when: 'before' | 'after' }
  /** The card never answers. */
  | { readonly kind: 'mute' }
  /** The card takes this long, in milliseconds, before it begins. */
  | { readonly kind: 'delay'; readonly milliseconds: number };

export interface FaultRule {
  /** Any command where it is absent. */
  readonly command?: CommandName;
  /** Which of those commands, counted from 1 since the rules were set; every one where it is absent. */
  readonly occurrence?: number;
  readonly fault: Fault;
}

/** The card was pulled out by a fault rule: whoever holds it takes it out of the reader. */
export class CardPulled extends Error {
  public override readonly name = 'CardPulled';

  public constructor() {
    super('the card was pulled out');
  }
}

/** Decides by rules, without chance, what goes wrong. */
export class FaultPlan {
  private readonly seen: number[];

  public constructor(private readonly rules: readonly FaultRule[]) {
    this.seen = rules.map(() => 0);
  }

  /** Counts a command for every rule. @returns the fault of the first rule that strikes. */
  public next(command: CommandName): Fault | undefined {
    let struck: Fault | undefined;
    this.rules.forEach((rule, i) => {
      if (rule.command !== undefined && rule.command !== command) return;
      const occurrence = (this.seen[i] ?? 0) + 1;
      this.seen[i] = occurrence;
      if (rule.occurrence === undefined || rule.occurrence === occurrence) struck ??= rule.fault;
    });
    return struck;
  }
}
