import { _ } from '../../io/text.js';
import { advice } from './advice.js';
import { appletWords } from './applet-words.js';
import {
  forCard,
  memoryFailure,
  noRoom,
  notFound,
  notNow,
  wrongData,
  wrongParameters,
} from './card-words.js';
import type { Entry, Words } from './entry.js';

interface Line extends Words {
  readonly number: number;
  /** SW1 SW2. */
  readonly word: number;
  /** The command that got it; absent where it means the same for all. */
  readonly command?: string;
}

/**
 * Status words, with the meaning that they have for the command that got them (the guide's table 3.1; ISO 7816-4
 * §5.6; GlobalPlatform Card Specification §11; CoolKey's CardEdge applet). 31xx any command, 32xx INSTALL,
 * 33xx DELETE, 34xx GET DATA, 35xx GET STATUS, 36xx LOAD, 37xx the applet's: 3700 and the last byte.
 */
const lines: readonly Line[] = [
  { number: 3101, word: 0x6400, ...forCard(() => _('The card refused a command and gave no reason.')) },
  {
    number: 3102,
    word: 0x6700,
    ...forCard(() => _('The card was sent a command of the wrong length (Lc).')),
  },
  {
    number: 3103,
    word: 0x6982,
    ...forCard(() => _('The card’s security conditions are not fulfilled.')),
  },
  { number: 3104, word: 0x6985, ...notNow },
  { number: 3105, word: 0x6a86, ...wrongParameters },
  {
    number: 3106,
    word: 0x6d00,
    what: () => _('The card does not know this command.'),
    next: advice.anotherCard,
  },
  {
    number: 3107,
    word: 0x6e00,
    what: () => _('The card does not know commands of this class.'),
    next: advice.anotherCard,
  },
  { number: 3108, word: 0x6581, ...memoryFailure },
  { number: 3109, word: 0x6a80, ...wrongData },
  {
    number: 3110,
    word: 0x6a81,
    what: () => _('The card does not support this function.'),
    next: advice.anotherCard,
  },
  { number: 3111, word: 0x6a82, ...forCard(() => _('The application or file is not on the card.')) },
  { number: 3112, word: 0x6a84, ...noRoom },
  { number: 3113, word: 0x6a88, ...notFound },
  { number: 3114, word: 0x6b00, ...wrongParameters },
  { number: 3115, word: 0x6f00, ...forCard(() => _('The software on the card had an internal error.')) },
  {
    number: 3116,
    word: 0x6983,
    what: () => _('The card password is blocked after too many wrong attempts.'),
    next: () => _('Reset the card password with the help of the server.'),
  },
  { number: 3117, word: 0x6984, ...notNow },
  { number: 3118, word: 0x6986, ...notNow },
  { number: 3119, word: 0x6988, ...forCard(() => _('The secure channel to the card is broken.')) },
  { number: 3120, word: 0x6283, ...forCard(() => _('The application on the card is locked.')) },
  {
    number: 3121,
    word: 0x6300,
    ...forCard(() => _('The card could not verify the server or the password.')),
  },
  { number: 3122, word: 0x6882, ...forCard(() => _('The card does not support a secure channel here.')) },

  { number: 3201, word: 0x6581, command: 'INSTALL', ...memoryFailure },
  {
    number: 3202,
    word: 0x6a80,
    command: 'INSTALL',
    ...forCard(() => _('The card was sent wrong parameters for its new software.')),
  },
  {
    number: 3203,
    word: 0x6a84,
    command: 'INSTALL',
    what: () => _('The card has not enough memory left for its new software.'),
    next: advice.anotherCard,
  },
  {
    number: 3204,
    word: 0x6a88,
    command: 'INSTALL',
    ...forCard(() => _('What the new software needs is not on the card.')),
  },

  {
    number: 3301,
    word: 0x6200,
    command: 'DELETE',
    what: () => _('The application was deleted from the card; its memory is not free yet.'),
    next: () => _('Nothing has to be done.'),
  },
  { number: 3302, word: 0x6581, command: 'DELETE', ...memoryFailure },
  {
    number: 3303,
    word: 0x6985,
    command: 'DELETE',
    ...forCard(() => _('What was to be deleted is still needed by something else on the card.')),
  },
  {
    number: 3304,
    word: 0x6a88,
    command: 'DELETE',
    what: () => _('What was to be deleted is not on the card.'),
    next: () => _('Nothing has to be done.'),
  },
  {
    number: 3305,
    word: 0x6a82,
    command: 'DELETE',
    what: () => _('The application that was to be deleted is not on the card.'),
    next: () => _('Nothing has to be done.'),
  },
  {
    number: 3306,
    word: 0x6a80,
    command: 'DELETE',
    ...forCard(() => _('The card did not understand what it was to delete.')),
  },

  {
    number: 3401,
    word: 0x6a88,
    command: 'GET DATA',
    ...forCard(() => _('The card does not have the data that it was asked for.')),
  },

  {
    number: 3501,
    word: 0x6310,
    command: 'GET STATUS',
    what: () => _('The card has more to tell than fits into one answer.'),
    next: () => _('Nothing has to be done.'),
  },
  {
    number: 3502,
    word: 0x6a88,
    command: 'GET STATUS',
    ...forCard(() => _('The card has nothing of the kind that it was asked about.')),
  },
  {
    number: 3503,
    word: 0x6a80,
    command: 'GET STATUS',
    ...forCard(() => _('The card did not understand what it was asked about.')),
  },

  { number: 3601, word: 0x6581, command: 'LOAD', ...memoryFailure },
  {
    number: 3602,
    word: 0x6a84,
    command: 'LOAD',
    what: () => _('The card has not enough memory left for its new software.'),
    next: advice.anotherCard,
  },
  {
    number: 3603,
    word: 0x6a86,
    command: 'LOAD',
    ...forCard(() => _('The blocks of the card’s new software came in the wrong order.')),
  },
  {
    number: 3604,
    word: 0x6985,
    command: 'LOAD',
    ...forCard(() => _('The card was not ready to take its new software.')),
  },
];

export interface StatusWordEntry extends Entry {
  readonly word: number;
  readonly command?: string;
}

export const statusWordEntries: readonly StatusWordEntry[] = [
  ...lines.map(line => ({ ...line, name: [hex(line.word), line.command ?? ''].join(' ').trimEnd() })),
  ...Object.entries(appletWords).map(([low, words]) => ({
    ...words,
    word: 0x9c00 + Number(low),
    number: 3700 + Number(low),
    name: hex(0x9c00 + Number(low)),
  })),
];

/** For every other status word. */
export const unknownStatusWord: Entry = {
  number: 3999,
  name: '????',
  what: () => _('The card answered with a status that is not known here ({result}).'),
  next: advice.again,
};

/**
 * @param word SW1 SW2
 * @param command the command that got it, such as `DELETE` or `GET DATA 5FC105`
 */
export function statusWordEntry(word: number, command: string): Entry {
  const ofWord = statusWordEntries.filter(entry => entry.word === word);
  return (
    ofWord.find(entry => entry.command !== undefined && isNamed(command, entry.command)) ??
    ofWord.find(entry => entry.command === undefined) ??
    unknownStatusWord
  );
}

function isNamed(command: string, name: string): boolean {
  return command === name || command.startsWith(`${name} `);
}

function hex(word: number): string {
  return word.toString(16).toUpperCase().padStart(4, '0');
}
