import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a browser, which only writes down what it is to open, the one of the programs with this environment.
 * @param directory for its files
 * @returns what was opened so far
 */
export function installBrowser(directory: string, environment: NodeJS.ProcessEnv): () => readonly string[] {
  const { XDG_DATA_HOME: data = '', XDG_CONFIG_HOME: config = '' } = environment;
  const browser = join(directory, 'browser');
  const list = join(directory, 'opened');
  mkdirSync(join(data, 'applications'), { recursive: true });
  mkdirSync(config, { recursive: true });
  writeFileSync(browser, `#!/bin/sh\necho "$1" >> '${list}'\n`);
  chmodSync(browser, 0o755);
  writeFileSync(
    join(data, 'applications/test-browser.desktop'),
    `[Desktop Entry]\nType=Application\nName=Browser\nExec=${browser} %u\nMimeType=x-scheme-handler/http;\n`,
  );
  writeFileSync(
    join(config, 'mimeapps.list'),
    '[Default Applications]\nx-scheme-handler/http=test-browser.desktop\n',
  );
  return () => (existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : []);
}
