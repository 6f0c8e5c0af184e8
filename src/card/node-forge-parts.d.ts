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
