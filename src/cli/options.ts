/** What an option is called in the code, and whether a value follows it. */
interface Option {
  readonly name: string;
  readonly takesValue: boolean;
}

/** Every option of every command, besides --json, --help and --version. */
export const options = {
  '--reader': { name: 'reader', takesValue: true },
  '--cuid': { name: 'cuid', takesValue: true },
  '--tps': { name: 'tps', takesValue: true },
  '--token-type': { name: 'tokenType', takesValue: true },
  '--user': { name: 'user', takesValue: true },
  '--password-file': { name: 'passwordFile', takesValue: true },
  '--pin-file': { name: 'pinFile', takesValue: true },
  '--new-pin-file': { name: 'newPinFile', takesValue: true },
  '--format': { name: 'format', takesValue: true },
  '--output': { name: 'output', takesValue: true },
  '--label': { name: 'label', takesValue: true },
  '--progress': { name: 'progress', takesValue: true },
  '--module': { name: 'module', takesValue: true },
  '--folder': { name: 'profile', takesValue: true },
  '--from': { name: 'from', takesValue: true },
  '--for': { name: 'for', takesValue: true },
  '--p11-kit': { name: 'p11Kit', takesValue: false },
  '--remove': { name: 'remove', takesValue: false },
  '--ca': { name: 'ca', takesValue: true },
  '--allow-http': { name: 'allowHttp', takesValue: false },
  '--list': { name: 'list', takesValue: false },
  '--yes': { name: 'yes', takesValue: false },
  '--check': { name: 'check', takesValue: false },
  '--log': { name: 'log', takesValue: false },
  '--all': { name: 'all', takesValue: false },
} as const satisfies Record<string, Option>;

type Options = (typeof options)[keyof typeof options];
export type ValueName = Extract<Options, { takesValue: true }>['name'];
export type FlagName = Extract<Options, { takesValue: false }>['name'];
export type OptionName = ValueName | FlagName;

/** What says which card is meant. */
export const forCards: readonly OptionName[] = ['reader', 'cuid'];
