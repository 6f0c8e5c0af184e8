import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { Demo } from '../support/demo/demo.js';
import { escd } from '../support/demo/programs.js';
import { memoryOf } from '../support/faults/memory.js';
import { tell } from '../support/figures.js';
import { eventually } from '../support/pcsc/waiting.js';

/**
 * Seconds. After it pcsc-lite has looked a second time, the loader of icons is done, and GJS, which waits 10 s after the
 * last work, has collected the garbage.
 */
const settling = 15;
const watched = 60;

let demo: Demo;
let desktop: Desktop;
let agent: ChildProcess;
let shim: number;

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

beforeAll(async () => {
  demo = await Demo.start();
  desktop = await Desktop.start(demo.environment, 'host', 'notifications', 'window');
  agent = spawn(escd, { env: desktop.environment, stdio: 'ignore' });
  await eventually(async () => (await desktop.tray()).text === 'New Card: Blank');
  shim = childOf(agent.pid ?? 0);
  await pause(1000 * settling);
});
afterAll(async () => {
  agent.kill();
  await desktop.end();
  await demo.end();
});

test('an idle agent takes at most 1.25 times the memory of a bare main loop, its shim less than 3 MiB', async context => {
  const bare = spawn('gjs', ['-m', join(import.meta.dirname, '../support/agent/bare-loop.js')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(bare.stdout, 'data');
  const pss = (pid = 0): number => memoryOf(pid).pss;
  const memory = { agent: pss(agent.pid), bare: pss(bare.pid), shim: pss(shim) };
  bare.kill();
  tell(context, `memory in MiB: ${JSON.stringify(memory)}`);
  expect(memory.agent / memory.bare).toBeLessThanOrEqual(1.25);
  expect(memory.shim).toBeLessThan(3);
});

/** The system calls that ended in a process during the time, in all of its threads. */
async function callsOf(pid: number): Promise<string[]> {
  const trace = spawn('strace', ['-f', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  trace.stderr.on('data', (data: Buffer) => (output += data.toString()));
  await eventually(() => output.includes('attached'));
  await pause(1000 * watched);
  const ended = once(trace, 'exit');
  trace.kill('SIGINT');
  await ended;
  return output.split('\n').filter(line => /\) += -?\d|resumed>/.test(line));
}

test('neither wakes up by itself in a minute without an event', async () => {
  const [ofAgent, ofShim] = await Promise.all([callsOf(agent.pid ?? 0), callsOf(shim)]);
  expect(ofAgent).toEqual([]);
  // Once a minute libpcsclite, not the shim, looks after its connection to pcscd, however long it is told to wait.
  const look = /\b(restart_syscall|poll|newfstatat|sendto|read)\b/;
  expect(ofShim.filter(line => !look.test(line))).toEqual([]);
  expect(ofShim.length).toBeLessThanOrEqual(10);
});

test('a host that asks for the icon again and again costs it no pixels', async context => {
  const rss = (): number => memoryOf(agent.pid ?? 0).rss;
  const askAgain = async (): Promise<void> => {
    for (let i = 0; i < 200; i += 1) await desktop.tray();
  };
  await askAgain();
  const before = rss();
  await askAgain();
  const each = ((rss() - before) * 1024) / 200;
  tell(context, `${each.toFixed(1)} KiB each time that a host asks for the icon and its menu`);
  // GJS 1.74 never gives back what it makes for D-Bus: some 11 for the menu. The pixels of both icons would be 15 more.
  expect(each).toBeLessThan(18);
});
