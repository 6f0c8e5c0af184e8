/**
 * Ends with a sentence where Node is too old. Whatever imports this first gets no further there, not even to where
 * an old Node lacks something.
 */
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or later is needed; this is ${process.version}.`);
  process.exit(1);
}
