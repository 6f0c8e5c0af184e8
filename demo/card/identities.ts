/** Who speaks: bit n is the holder of PIN n, 4000 the server on the secure channel, 8000 anyone. */
export type Identities = number;

export const raIdentity: Identities = 0x4000;
export const anonymousIdentity: Identities = 0x8000;
export const everyone: Identities = 0xffff;
export const nobody: Identities = 0x0000;

/** Whether a right that is given to `allowed` holds for one of `identities`. */
export function isGranted(allowed: number, identities: Identities): boolean {
  return (allowed & identities) !== 0;
}
