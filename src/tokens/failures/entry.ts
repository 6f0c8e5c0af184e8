/** Texts with {server}, {reader}, {result}, {code}, {named} and {tries} (left) for what the failure says of them. */
export interface Words {
  /** What happened: one sentence. */
  readonly what: () => string;
  /** What to do about it: one sentence or two. */
  readonly next: () => string;
  /** The same where it was a format that failed; as `next` unless given. */
  readonly nextOfFormat?: () => string;
}

/** One line of the catalogue of failures. */
export interface Entry extends Words {
  /** Stable once it is released: help desks and docs/failures.md know the failure by it. */
  readonly number: number;
  /** What the failure is called where it comes from: SCARD_E_TIMEOUT, 6A82 DELETE, END_OP 14. */
  readonly name: string;
}
