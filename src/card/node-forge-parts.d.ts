// Only these parts of node-forge are bundled; @types/node-forge describes the whole alone.
// Bytes are "binary" strings there: one character each.

declare module 'node-forge/lib/asn1.js' {
  export interface Asn1 {
    /** 0x00 universal, 0x80 context-specific. */
    readonly tagClass: number;
    /** The tag's number. */
    readonly type: number;
    readonly value: string | readonly Asn1[];
  }
  export interface DerOptions {
    readonly strict: boolean;
    readonly parseAllBytes: boolean;
    readonly decodeBitStrings: boolean;
    readonly maxDepth: number;
  }
  const asn1: {
    fromDer(der: string, options: DerOptions): Asn1;
    derToOid(bytes: string): string;
    toDer(node: Asn1): { getBytes(): string };
  };
  export default asn1;
}

declare module 'node-forge/lib/util.js' {
  const util: { encode64(bytes: string, lineLength: number): string; decode64(text: string): string };
  export default util;
}

declare module 'node-forge/lib/sha1.js' {
  import type forge from 'node-forge';
  const sha1: { create(): forge.md.MessageDigest };
  export default sha1;
}

declare module 'node-forge/lib/sha256.js' {
  import type forge from 'node-forge';
  const sha256: { create(): forge.md.MessageDigest };
  export default sha256;
}

declare module 'node-forge/lib/jsbn.js' {
  /** A number of any size. */
  export interface BigInteger {
    bitLength(): number;
  }
  const jsbn: { BigInteger: new (digits: string, radix: number) => BigInteger };
  export default jsbn;
}

declare module 'node-forge/lib/rsa.js' {
  import type { BigInteger } from 'node-forge/lib/jsbn.js';
  export interface RsaPublicKey {
    /** Raw RSA: `data` is as long as the modulus. */
    encrypt(data: string, scheme: 'RAW'): string;
    /** RSASSA-PKCS1-v1_5. @throws Error for a signature that has not its form */
    verify(digest: string, signature: string): boolean;
  }
  const rsa: { setPublicKey(modulus: BigInteger, exponent: BigInteger): RsaPublicKey };
  export default rsa;
}
