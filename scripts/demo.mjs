/**
 * npm run demo [-- [--headless] [--cards N] [--tls] [--key-bits N] | --status | --stop | --insert CARD | --remove CARD
 *   | --damaged CARD | --lost CARD | --suspended CARD | --give CARD]
 *
 * Starts virtual readers, virtual blank cards and a demo TPS, and opens the window on them.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demoDirectory, demoEnvironment, runningDemo } from './demo-state.mjs';
import { asRoot, buildDirectory, prepare, stage, stop } from './prepare.mjs';
import { forDemo } from './requirements.mjs';

const usage =
  'usage: npm run demo [-- [--headless] [--cards N] [--tls] [--key-bits 1024|2048] | --status | --stop | --insert CARD | --remove CARD | --damaged CARD | --lost CARD | --suspended CARD | --give CARD]';

/** What can be told to a demo that runs, each of a card by its number. */
const orders = /** @type {const} */ (['insert', 'remove', 'damaged', 'lost', 'suspended', 'give']);

function options() {
  try {
    return parseArgs({
      options: {
        headless: { type: 'boolean', default: false },
        cards: { type: 'string', default: '1' },
        tls: { type: 'boolean', default: false },
        'key-bits': { type: 'string', default: '2048' },
        status: { type: 'boolean', default: false },
        stop: { type: 'boolean', default: false },
        insert: { type: 'string' },
        remove: { type: 'string' },
        damaged: { type: 'string' },
        lost: { type: 'string' },
        suspended: { type: 'string' },
        give: { type: 'string' },
      },
    }).values;
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

/** @param {import('./demo-state.mjs').DemoState} demo */
function describe(demo) {
  return `user: ${demo.user}\npassword: ${demo.password}\ntps: ${demo.tps}`;
}

/** Tells the running demo something of a card. @param {string} what @returns {Promise<string>} */
function order(what) {
  if (runningDemo() === undefined) stop('no demo runs');
  return new Promise((resolve, reject) => {
    const connection = connect(join(demoDirectory, 'control'), () => connection.write(`${what}\n`));
    connection.setEncoding('utf8');
    connection.once('data', data => resolve(String(data).trim()));
    connection.once('error', reject);
  });
}

async function end() {
  const demo = runningDemo();
  if (demo === undefined) return console.log('no demo runs');
  process.kill(demo.pid, 'SIGTERM');
  for (let waited = 0; waited < 200; waited++) {
    if (runningDemo() === undefined) return console.log('ended');
    await sleep(100);
  }
  stop(`the demo (process ${demo.pid}) does not end`);
}

const { headless, cards, tls, 'key-bits': keyBits, status, stop: toStop, ...about } = options();
if (status) {
  const demo = runningDemo();
  console.log(demo === undefined ? 'no demo runs' : `${describe(demo)}\nreaders: ${demo.readers.join(', ')}`);
  process.exit(demo === undefined ? 1 : 0);
}
if (toStop) {
  await end();
  process.exit(0);
}
const ordered = orders.find(name => about[name] !== undefined);
if (ordered !== undefined) {
  const answer = await order(`${ordered} ${about[ordered] ?? ''}`);
  if (answer !== 'done') stop(answer);
  process.exit(0);
}
if (!/^([1-9]|1[0-6])$/.test(cards)) stop(`--cards is 1 to 16\n${usage}`);
if (keyBits !== '1024' && keyBits !== '2048') stop(`--key-bits is 1024 or 2048\n${usage}`);
const other = runningDemo();
if (other !== undefined)
  stop(`A demo runs already (process ${other.pid}). End it with: npm run demo -- --stop`);
if (!headless && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
  stop('There is no display to open a window on. Use: npm run demo -- --headless');

await prepare(forDemo);
const root = asRoot();
if (root === undefined) stop('Virtual readers need root, and there is no sudo. As root, run: npm run demo');
const child = spawn(
  process.execPath,
  [
    join(buildDirectory, 'demo/demo.mjs'),
    `--directory=${demoDirectory}`,
    `--stage=${stage}`,
    `--link=${join(buildDirectory, 'demo/vpcd-link')}`,
    `--cards=${cards}`,
    `--key-bits=${keyBits}`,
    ...(tls ? ['--tls'] : []),
    ...(headless ? [] : ['--window']),
  ],
  { stdio: 'inherit', env: demoEnvironment() },
);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill('SIGTERM'));
child.on('exit', code => process.exit(code ?? 1));
