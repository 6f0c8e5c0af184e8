import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Step } from '../escctl/terminal.js';

/** Types into an interactive shell on a terminal of its own. @returns all that appeared */
export function typeInto(shell: string, steps: readonly Step[]): Promise<string> {
  const driver = join(import.meta.dirname, '../escctl/terminal.py');
  const python = spawn('/usr/bin/python3', [driver], {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TERM: 'dumb', PS1: '$ ', COLUMNS: '200' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  python.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  python.stdin.end(JSON.stringify({ command: [shell, '--norc', '--noprofile', '-i'], steps }));
  return new Promise((fulfil, reject) => {
    python.once('error', reject);
    python.once('close', code => {
      if (code === 0) fulfil((JSON.parse(output) as { screen: string }).screen);
      else reject(new Error(`the terminal's driver ended with ${code ?? 'a signal'}`));
    });
  });
}
