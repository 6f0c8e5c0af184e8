// Only what is used of node-forge is bundled; its types know the whole alone.
declare module 'node-forge/lib/asn1.js' {
  import forge from 'node-forge';
  export default forge.asn1;
}
declare module 'node-forge/lib/sha1.js' {
  import forge from 'node-forge';
  export default forge.md.sha1;
}
declare module 'node-forge/lib/sha256.js' {
  import forge from 'node-forge';
  export default forge.md.sha256;
}
