import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../data/completions');

/** Asks the completion function of a program, as bash does when the tabulator is pressed. */
const asking = `
  shopt -s extglob
  . "$1"
  function=$(complete -p "$2"); function=\${function#*-F }; function=\${function%% *}
  while IFS= read -r line; do
    IFS=$'\\t' read -ra COMP_WORDS <<< "$line"
    [[ $line == *$'\\t' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )) COMPREPLY=()
    "$function" "$2" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\t' "\${COMPREPLY[@]}"
    echo
  done`;

/**
 * What bash offers for each line.
 * @param lines the words so far, as bash divides them; the last one, which may be empty, is completed
 */
export function completionsOf(program: string, lines: readonly (readonly string[])[]): string[][] {
  const input = lines.map(words => `${[program, ...words].join('\t')}\n`).join('');
  const arguments_ = ['--norc', '-c', asking, 'bash', join(folder, program), program];
  const output = execFileSync('bash', arguments_, { input, encoding: 'utf8', cwd: import.meta.dirname });
  return output
    .split('\n')
    .slice(0, -1)
    .map(line => line.split('\t').filter(word => word !== ''));
}
