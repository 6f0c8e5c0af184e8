import { readFileSync } from 'node:fs';

/**
 * When a process was started, in ticks since the machine was: with its number, this names one process, since numbers
 * are given anew. @param {number} pid @returns {string | undefined} undefined where there is none
 */
export function processStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which is in parentheses and may have others in it; the 22nd field of all.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
