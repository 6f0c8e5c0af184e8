import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../pcsc/waiting.js';
import { end, removeFolder } from '../processes.js';

/** A user's home with profiles of browsers and mail programs in it. */
export class Home {
  public readonly folder = mkdtempSync(join(tmpdir(), 'esc-home-'));
  private readonly started: ChildProcess[] = [];

  /** @param base to which the home is added */
  public constructor(private readonly base: NodeJS.ProcessEnv) {}

  public get environment(): NodeJS.ProcessEnv {
    return {
      ...this.base,
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, '.config'),
      XDG_DATA_HOME: join(this.folder, '.local/share'),
      XDG_CACHE_HOME: join(this.folder, '.cache'),
      MOZ_CRASHREPORTER_DISABLE: '1',
    };
  }

  /** Has Firefox make a profile, and use it once. @returns its folder */
  public async firefoxProfile(name: string): Promise<string> {
    this.run('firefox-esr', '--headless', '-CreateProfile', name);
    const root = join(this.folder, '.config/mozilla/firefox');
    const folder = join(root, readdirSync(root).find(entry => entry.endsWith(`.${name}`)) ?? '');
    // It ends by itself with the picture: one that is ended may leave a database half written.
    const picture = join(this.folder, 'picture.png');
    const use = ['--headless', '--no-remote', '--profile', folder, '--screenshot', picture, 'about:blank'];
    await promisify(execFile)('firefox-esr', use, { env: this.environment });
    if (!this.isDatabase(folder)) throw new Error(`Firefox left no database in ${folder}`);
    return folder;
  }

  /** Starts Firefox on a profile. @returns once it has its database open */
  public async openFirefox(folder: string): Promise<ChildProcess> {
    const firefox = spawn('firefox-esr', ['--headless', '--no-remote', '--profile', folder, 'about:blank'], {
      env: this.environment,
      stdio: 'ignore',
    });
    this.started.push(firefox);
    const isLocked = (): boolean => readFileSync('/proc/locks', 'utf8').includes(` ${firefox.pid ?? 0} `);
    await eventually(() => isLocked() && this.isDatabase(folder));
    return firefox;
  }

  private isDatabase(folder: string): boolean {
    if (!existsSync(join(folder, 'pkcs11.txt'))) return false;
    return spawnSync('certutil', ['-L', '-d', `sql:${folder}`], { env: this.environment }).status === 0;
  }

  /** A profile that a profiles.ini lists, with the database that NSS's tools make. @returns its folder */
  public listedProfile(root: string, name: string, primaryPassword = ''): string {
    const folder = join(this.folder, root, `abcd.${name}`);
    const ini = join(this.folder, root, 'profiles.ini');
    mkdirSync(folder, { recursive: true });
    const before = existsSync(ini) ? readFileSync(ini, 'utf8') : '';
    const number = before.match(/\[Profile/g)?.length ?? 0;
    writeFileSync(ini, `${before}[Profile${number}]\nName=${name}\nIsRelative=1\nPath=abcd.${name}\n\n`);
    this.database(folder, primaryPassword);
    return folder;
  }

  /** An empty database of NSS. @returns its folder */
  public database(folder: string, primaryPassword = ''): string {
    const absolute = join('/', folder.startsWith('/') ? folder : join(this.folder, folder));
    mkdirSync(absolute, { recursive: true });
    const file = join(this.folder, 'password');
    writeFileSync(file, `${primaryPassword}\n`);
    const password = primaryPassword === '' ? ['--empty-password'] : ['-f', file];
    this.run('certutil', '-N', '-d', `sql:${absolute}`, ...password);
    return absolute;
  }

  /** @returns its standard output */
  public run(program: string, ...args: string[]): string {
    return execFileSync(program, args, {
      env: this.environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Ends what a test that failed left running, too. */
  public async remove(): Promise<void> {
    await Promise.all(this.started.map(process => end(process, 'SIGKILL')));
    await removeFolder(this.folder);
  }
}
