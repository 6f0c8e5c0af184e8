import { Failure } from '../base/failure.js';
import { _, fill } from '../io/text.js';
import type { OperationKind } from '../tokens/operation.js';

export const commands = ['list', 'info', 'certificates', 'enroll', 'format', 'reset-password'] as const;
export type Command = (typeof commands)[number];

/** The commands that are operations of TPS. */
export const operationOf: Readonly<Partial<Record<Command, OperationKind>>> = {
  enroll: 'enroll',
  format: 'format',
  'reset-password': 'reset-pin',
};

/** What was asked for on the command line. */
export interface Arguments {
  readonly command: Command | 'help' | 'version';
  readonly reader?: string;
  readonly cuid?: string;
  readonly tps?: string;
  readonly tokenType?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly pinFile?: string;
  readonly json: boolean;
  readonly progress: 'bar' | 'json' | 'none';
}

type OptionName = 'reader' | 'cuid' | 'tps' | 'tokenType' | 'user' | 'passwordFile' | 'pinFile' | 'progress';

const valueOptions: Readonly<Record<string, OptionName>> = {
  '--reader': 'reader',
  '--cuid': 'cuid',
  '--tps': 'tps',
  '--token-type': 'tokenType',
  '--user': 'user',
  '--password-file': 'passwordFile',
  '--pin-file': 'pinFile',
  '--progress': 'progress',
};

/** The options that each kind of command takes, besides --json, --help and --version. */
const forCards: readonly OptionName[] = ['reader', 'cuid'];
const forOperations: readonly OptionName[] = [
  ...forCards,
  'tps',
  'tokenType',
  'user',
  'passwordFile',
  'progress',
];
const optionsOf: Readonly<Record<Command, readonly OptionName[]>> = {
  list: [],
  info: forCards,
  certificates: forCards,
  format: forOperations,
  enroll: [...forOperations, 'pinFile'],
  'reset-password': [...forOperations, 'pinFile'],
};

function usage(text: string, values: Record<string, string> = {}): Failure {
  return new Failure('usage', fill(text, values));
}

/** @throws Failure `usage` with a sentence that says what is wrong. */
export function parseArguments(args: readonly string[]): Arguments {
  const values: Partial<Record<OptionName, string>> = {};
  const words: string[] = [];
  let json = false;
  let special: 'help' | 'version' | undefined;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    const [name = '', ...rest] = argument.split('=');
    const option = valueOptions[name];
    if (argument === '--json') json = true;
    else if (argument === '--help' || argument === '-h') special = 'help';
    else if (argument === '--version') special ??= 'version';
    else if (option !== undefined) {
      const value = argument.includes('=') ? rest.join('=') : args[++i];
      if (value === undefined || (value.startsWith('--') && !argument.includes('=')))
        throw usage(_('{option} needs a value'), { option: name });
      if (values[option] !== undefined) throw usage(_('{option} is given twice'), { option: name });
      values[option] = value;
    } else if (argument.startsWith('-') && argument !== '-') {
      throw usage(_('{option} is not an option'), { option: name });
    } else words.push(argument);
  }
  if (special !== undefined) return { command: special, json, progress: 'none' };
  const command = commandOf(words);
  refuseStrangers(command, values);
  return checked(command, values, json);
}

function commandOf(words: readonly string[]): Command {
  const [word, extra] = words;
  if (word === undefined)
    throw usage(_('a command is missing: {commands}'), { commands: commands.join(', ') });
  if (extra !== undefined) throw usage(_('“{word}” is one word too many'), { word: extra });
  const command = commands.find(known => known === word);
  if (command === undefined)
    throw usage(_('“{word}” is not a command: {commands}'), { word, commands: commands.join(', ') });
  return command;
}

function refuseStrangers(command: Command, values: Partial<Record<OptionName, string>>): void {
  for (const [name, option] of Object.entries(valueOptions))
    if (values[option] !== undefined && !optionsOf[command].includes(option))
      throw usage(_('{command} does not take {option}'), { command, option: name });
}

function checked(command: Command, values: Partial<Record<OptionName, string>>, json: boolean): Arguments {
  const { progress, cuid, ...others } = values;
  if (progress !== undefined && progress !== 'json' && progress !== 'bar' && progress !== 'none')
    throw usage(_('--progress is one of bar, json, none'));
  if (cuid !== undefined && !/^[0-9a-fA-F]{20}$/.test(cuid))
    throw usage(_('--cuid has 20 hexadecimal digits'));
  for (const [name, option] of Object.entries(valueOptions))
    if (values[option] === '') throw usage(_('{option} needs a value'), { option: name });
  return {
    command,
    ...others,
    ...(cuid === undefined ? {} : { cuid: cuid.toUpperCase() }),
    json,
    progress: progress ?? 'bar',
  };
}

export function helpText(): string {
  return _(`Usage: escctl COMMAND [OPTION]…

Commands
  list             the cards that are in
  info             everything about one card
  certificates     the certificates of one card
  enroll           puts keys and certificates on a card; a blank card is formatted first
  format           erases a card and prepares it for enrollment
  reset-password   sets a new card password

Which card (not needed when only one is in)
  --reader NAME    the card in this reader
  --cuid CUID      the card with this number, 20 hexadecimal digits

Operations
  --tps URL             the server, such as https://pki.example.com:8443/tps/tps
  --token-type TYPE     the profile on the server
  --user NAME           the user name for the server
  --password-file FILE  holds the password for the server
  --pin-file FILE       holds the new card password
                        “-” is standard input; for both files: first line password, second line card password
                        what is not given is asked for on the terminal, passwords without echo
  --progress WHAT       bar, json (a line for each step on standard error), or none

  --json           prints one JSON document on standard output, for a failure too
  --help, --version

Exit status
  0 done   1 refused by server or card   2 usage   3 no such card   4 reader, card or pcscd lost
  5 network or TLS   6 login refused   7 cancelled   8 card busy`);
}
