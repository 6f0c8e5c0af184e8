import { readFile } from 'node:fs/promises';

const listening = '0A';

/** The TCP ports of this machine at which something listens, from Linux's /proc/net. */
export async function listeningPorts(): Promise<ReadonlySet<number>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(path => readFile(path, 'utf8').catch(() => '')),
  );
  const rows = tables.flatMap(table => table.split('\n').slice(1));
  const ports = rows.flatMap(row => {
    const [, local = '', , state] = row.trim().split(/\s+/);
    return state === listening ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
  return new Set(ports);
}
