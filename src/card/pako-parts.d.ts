/** The half of pako that the program needs; @types/pako describes the whole only. */
declare module 'pako/lib/inflate.js' {
  export { Inflate } from 'pako';
}
