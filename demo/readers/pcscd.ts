import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/base/failure.js';

export const systemSocket = '/run/pcscd/pcscd.comm';

/** Milliseconds between two looks at a socket that is not there yet. */
const retryInterval = 20;
/** Milliseconds for a daemon to take the client before this one; pcscd lets only one or two wait. */
const patienceWhileBusy = 5_000;

/**
 * Runs its arguments until they end or standard input does: so the daemon outlives neither stop() nor a
 * killed demo, and needs no second sudo to be ended.
 */
const untilInputEnds = `
exec 3<&0
"$@" </dev/null &
server=$!
( cat <&3 >/dev/null; kill "$server" ) &
watcher=$!
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"`;

/**
 * Runs a pcscd, which the arguments are, in a mount namespace of its own, in which /run/pcscd is the folder $0.
 * From there it has no way to polkit, and one that asks it, as Debian 13's does, would let nobody in.
 */
export const inNamespace = `
mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$0" /run/pcscd || exit
if "$1" --help | grep -q disable-polkit; then set -- "$@" --disable-polkit; fi
exec "$@"`;

export interface Pcscd {
  /** Fulfilled when it is gone. */
  readonly ended: Promise<void>;
  /** Ends it; nothing else is touched. */
  stop(): Promise<void>;
}

export interface PcscdOptions {
  /** With its reader.conf files. */
  readonly configuration: string;
  readonly logFile: string;
  /** The folder that takes the place of /run/pcscd in a namespace of its own. */
  readonly privateFolder?: string;
}

function tryToConnect(socket: string): Promise<Socket | 'busy' | undefined> {
  return new Promise(resolve => {
    const client = connect(socket);
    client.once('connect', () => resolve(client));
    // Not only once: the other side may close it later.
    client.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EAGAIN' ? 'busy' : undefined));
  });
}

/** @returns undefined when nobody answers at the socket. */
export async function connectTo(socket: string): Promise<Socket | undefined> {
  const deadline = performance.now() + patienceWhileBusy;
  for (;;) {
    const client = await tryToConnect(socket);
    if (client !== 'busy') return client;
    if (performance.now() > deadline) return undefined;
    await sleep(retryInterval);
  }
}

/** Whether a daemon answers at the socket. */
export async function answersAt(socket: string): Promise<boolean> {
  const client = await connectTo(socket);
  client?.destroy();
  return client !== undefined;
}

/** Waits until a daemon answers at the socket. @returns false when it ended or `patience` milliseconds passed. */
export async function waitForAnswer(socket: string, pcscd: Pcscd, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  const gone = pcscd.ended.then(() => 'gone');
  while (!(await answersAt(socket))) {
    if (performance.now() > deadline) return false;
    if ((await Promise.race([gone, sleep(retryInterval, 'again')])) === 'gone') return false;
  }
  return true;
}

/**
 * Starts pcscd in the foreground, with sudo where this is not root. A private one needs no sudo: there the user is root
 * in a namespace of users, and may end it.
 */
export async function startPcscd({ configuration, logFile, privateFolder }: PcscdOptions): Promise<Pcscd> {
  const isRoot = process.getuid?.() === 0;
  const daemon = ['pcscd', '--foreground', '--config', configuration];
  const namespaces = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const isolated =
    privateFolder === undefined
      ? daemon
      : ['unshare', ...namespaces, 'sh', '-c', inNamespace, privateFolder, ...daemon];
  const guarded = ['sh', '-c', untilInputEnds, 'sh', ...isolated];
  const bySudo = !isRoot && privateFolder === undefined;
  const [program = 'sh', ...args] = bySudo ? ['sudo', ...guarded] : guarded;
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(program, args, {
    stdio: ['pipe', log.fd, log.fd],
    // With a session of its own it does not get the terminal's Ctrl-C; sudo needs the terminal to ask.
    detached: !bySudo,
    // A user's may lack the folder of daemons.
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` },
  });
  const input = child.stdin;
  if (input === null) throw new Failure('internal', 'a child without standard input');
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  input.on('error', () => undefined);
  void ended.then(() => {
    input.destroy();
    return log.close();
  });
  return {
    ended,
    stop: () => {
      input.end();
      return ended;
    },
  };
}
