/**
 * npm run pictures
 *
 * Makes docs/pictures from what the tests of the window leave in build/pictures: the screen without its black border.
 * `--anew` runs these tests first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildDirectory, root, run, stop } from './prepare.mjs';

const made = join(buildDirectory, 'pictures');
const folder = join(root, 'docs', 'pictures');

/** Where another window stands before the first one, which does not matter: the size of the one in front, pixels. */
const sizes = {
  'browsers-light': '620x720',
  'certificate-light': '480x620',
  'phone-home-found': '480x520',
  'preferences-light': '600x640',
};

/** The pictures that the documents show. */
const names = [
  'README.md',
  'docs/user-guide.md',
  'docs/admin-guide.md',
  'data/io.github.escproject.Esc.metainfo.xml.in',
]
  .map(file => readFileSync(join(root, file), 'utf8'))
  .flatMap(text => text.match(/(?<=pictures\/)[\w-]+(?=\.png)/g) ?? []);
const wanted = [...new Set(names)].sort();

/** The tests that leave pictures. */
function tests() {
  const places = join(root, 'test', 'system');
  return readdirSync(places)
    .filter(file => readFileSync(join(places, file), 'utf8').includes('pictureFile('))
    .map(file => join('test', 'system', file));
}

if (process.argv.includes('--anew')) run(join(root, 'node_modules/.bin/vitest'), ['run', ...tests()]);

const missing = wanted.filter(name => !existsSync(join(made, `${name}.png`)));
if (missing.length > 0)
  stop(
    `Not in build/pictures: ${missing.join(', ')}\nThese leave pictures there: npx vitest run ${tests().join(' ')}`,
  );

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of wanted) {
  const front =
    name in sizes ? ['-crop', `${sizes[/** @type {keyof typeof sizes} */ (name)]}+0+0`, '+repage'] : [];
  const border = ['-bordercolor', 'black', '-border', '1', '-trim', '+repage'];
  const args = [join(made, `${name}.png`), ...front, ...border];
  // The same screen gives the same file.
  const stable = ['-strip', '-define', 'png:exclude-chunks=date,time', '-define', 'png:compression-level=9'];
  const { status, stderr } = spawnSync('convert', [...args, ...stable, join(folder, `${name}.png`)], {
    encoding: 'utf8',
  });
  if (status !== 0) stop(`${name}: ${stderr}`);
}
console.log(`docs/pictures: ${wanted.length} pictures`);
