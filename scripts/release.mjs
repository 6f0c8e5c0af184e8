/**
 * npm run release
 *
 * Makes build/release/esc-VERSION.tar.xz of the last commit, with the JavaScript bundle already made in bundle/,
 * so that packagers need neither Node nor a registry: meson setup -Dbundle=$PWD/bundle. Beside it the Flatpak
 * manifest with the archive's hash, and the RPM spec.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDirectory, root, run, stop } from './prepare.mjs';

/** @param {...string} args */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) stop('A release is made of a commit: run this in a git checkout.');
  return stdout.trim();
}

const { version } = /** @type {{ version: string }} */ (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
);
const folder = join(buildDirectory, 'release');
const name = `esc-${version}`;
const tree = join(folder, name);
const archive = `${tree}.tar.xz`;
rmSync(folder, { recursive: true, force: true });
mkdirSync(tree, { recursive: true });

run('sh', ['-c', `git -C "$1" archive HEAD | tar -x -C "$2"`, 'sh', root, tree]);
run(process.execPath, [join(root, 'scripts/bundle.mjs'), join(tree, 'bundle')]);
// The same commit gives the same archive.
const stable = [
  '--sort=name',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  `--mtime=${git('log', '-1', '--format=%cI')}`,
];
run('tar', [...stable, '-C', folder, '-cJf', archive, name]);

const hash = createHash('sha256').update(readFileSync(archive)).digest('hex');
const manifest = 'io.github.escproject.Esc.yaml';
const text = readFileSync(join(root, 'flatpak', manifest), 'utf8');
writeFileSync(
  join(folder, manifest),
  text.replace(/type: dir\n( +)path: \.\.\n/, `type: archive\n$1path: ${name}.tar.xz\n$1sha256: ${hash}\n`),
);
cpSync(join(root, 'packaging/esc.spec'), join(folder, 'esc.spec'));
rmSync(tree, { recursive: true });
console.log(`${archive}\nsha256 ${hash}`);
