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

/** Where not all of the screen matters: the part that does, in pixels. */
const parts = {
  'agent-gnome-menu': '900x340+380+0',
  'browsers-chain': '620x860+0+540',
  'browsers-light': '620x720+0+0',
  'certificate-light': '480x620+120+0',
  'preferences-light': '600x640+0+0',
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

/**
 * The tests in a folder that leave pictures.
 * @param {string} folder
 * @param {(text: string) => boolean} leaves
 */
function tests(folder, leaves) {
  const places = join(root, 'test', folder);
  return readdirSync(places)
    .filter(file => file.endsWith('.ts') && leaves(readFileSync(join(places, file), 'utf8')))
    .map(file => join('test', folder, file));
}

const short = tests('system', text => text.includes('pictureFile('));
/** Of these, those alone without which a picture is missing. */
const long = tests('long', text => wanted.some(name => text.includes(`pictureFile('${name}')`)));

if (process.argv.includes('--anew')) {
  const vitest = join(root, 'node_modules/.bin/vitest');
  run(vitest, ['run', ...short]);
  run(vitest, ['run', ...long], { env: { ...process.env, ESC_TEST_LONG: '1' } });
}

const missing = wanted.filter(name => !existsSync(join(made, `${name}.png`)));
if (missing.length > 0)
  stop(
    `Not in build/pictures: ${missing.join(', ')}\nThese leave pictures there: npx vitest run ${short.join(' ')}; ESC_TEST_LONG=1 npx vitest run ${long.join(' ')}`,
  );

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of wanted) {
  const front = name in parts ? ['-crop', parts[/** @type {keyof typeof parts} */ (name)], '+repage'] : [];
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
