import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * The environment of a program whose administrator has locked settings, by dconf.
 * @param folder for its databases; who calls this removes it
 * @param values of the locked keys, as GVariant writes them
 */
export function withLocked(
  environment: NodeJS.ProcessEnv,
  folder: string,
  values: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const keyfiles = join(folder, 'db.d');
  mkdirSync(join(keyfiles, 'locks'), { recursive: true });
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(keyfiles, 'esc'), `[io/github/escproject/Esc]\n${lines.join('')}`);
  const locks = Object.keys(values).map(key => `/io/github/escproject/Esc/${key}\n`);
  writeFileSync(join(keyfiles, 'locks/esc'), locks.join(''));
  execFileSync('dconf', ['compile', join(folder, 'db'), keyfiles]);
  writeFileSync(join(folder, 'profile'), `user-db:user\nfile-db:${join(folder, 'db')}\n`);
  return {
    ...environment,
    GSETTINGS_BACKEND: 'dconf',
    DCONF_PROFILE: join(folder, 'profile'),
    XDG_CONFIG_HOME: resolve(folder, 'config'),
  };
}
