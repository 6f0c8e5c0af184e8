import type { Command } from './commands/command.js';
import { options, type FlagName, type OptionName, type ValueName } from './options.js';
import { usage } from './told.js';

/** What a command was given. */
export interface Arguments extends Readonly<Partial<Record<ValueName, string>>> {
  /** What follows the command's words. */
  readonly operands: readonly string[];
  readonly flags: ReadonlySet<FlagName>;
  readonly json: boolean;
}

/** What was asked for on the command line. */
export type Request =
  { readonly special: 'help' | 'version' } | { readonly command: Command; readonly args: Arguments };

/** @throws Failure `usage` with a sentence that says what is wrong. */
export function parseArguments(args: readonly string[], commands: readonly Command[]): Request {
  const words: string[] = [];
  const values: Partial<Record<ValueName, string>> = {};
  const flags = new Set<FlagName>();
  let special: 'help' | 'version' | undefined;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    const [spelling = '', ...rest] = argument.split('=');
    const option = isOption(spelling) ? options[spelling] : undefined;
    if (argument === '--json') continue;
    if (argument === '--help' || argument === '-h') special = 'help';
    else if (argument === '--version') special ??= 'version';
    else if (option?.takesValue === true) {
      const value = argument.includes('=') ? rest.join('=') : args[++i];
      if (value === undefined || (value.startsWith('--') && !argument.includes('=')) || value === '')
        throw usage('{option} needs a value', { option: spelling });
      if (values[option.name] !== undefined) throw usage('{option} is given twice', { option: spelling });
      values[option.name] = value;
    } else if (option !== undefined && argument === spelling) flags.add(option.name);
    else if (option !== undefined) throw usage('{option} takes no value', { option: spelling });
    else if (argument.startsWith('-') && argument !== '-')
      throw usage('{option} is not an option', { option: argument });
    else words.push(argument);
  }
  if (special !== undefined) return { special };
  const command = commandOf(words, commands);
  refuseStrangers(command, values, flags);
  const operands = operandsOf(command, words);
  const { cuid } = values;
  if (cuid !== undefined && !/^[0-9a-fA-F]{20}$/.test(cuid)) throw usage('--cuid has 20 hexadecimal digits');
  const json = args.includes('--json');
  return {
    command,
    args: { ...values, ...(cuid === undefined ? {} : { cuid: cuid.toUpperCase() }), operands, flags, json },
  };
}

function isOption(spelling: string): spelling is keyof typeof options {
  return Object.hasOwn(options, spelling);
}

function wordsOf(command: Command): string[] {
  return command.name.split(' ');
}

/** The longest name wins: `certificates export` is not `certificates` with an operand. */
function commandOf(words: readonly string[], commands: readonly Command[]): Command {
  const names = commands.map(({ name }) => name).join(', ');
  const [word] = words;
  if (word === undefined) throw usage('a command is missing: {commands}', { commands: names });
  const [command] = commands
    .filter(known => wordsOf(known).every((part, i) => part === words[i]))
    .sort((a, b) => b.name.length - a.name.length);
  if (command !== undefined) return command;
  const family = commands.filter(known => wordsOf(known)[0] === word).map(({ name }) => name);
  if (family.length > 0)
    throw usage('“{word}” needs one word more: {commands}', { word, commands: family.join(', ') });
  throw usage('“{word}” is not a command: {commands}', { word, commands: names });
}

function operandsOf(command: Command, words: readonly string[]): string[] {
  const given = words.slice(wordsOf(command).length);
  const missing = command.operands[given.length];
  if (missing !== undefined && !missing.startsWith('['))
    throw usage('{command} needs {operand}', { command: command.name, operand: missing });
  const extra = given[command.operands.length];
  if (extra !== undefined) throw usage('“{word}” is one word too many', { word: extra });
  return given;
}

function refuseStrangers(
  command: Command,
  values: Partial<Record<ValueName, string>>,
  flags: ReadonlySet<FlagName>,
): void {
  const given = new Set<OptionName>([...flags, ...(Object.keys(values) as ValueName[])]);
  for (const [spelling, { name }] of Object.entries(options))
    if (given.has(name) && !command.options.includes(name))
      throw usage('{command} does not take {option}', { command: command.name, option: spelling });
}
