import { resolve } from 'node:path';

const stage = resolve(import.meta.dirname, '../../../build/stage');

/** The programs as `meson install` lays them out. */
export const esc = resolve(stage, 'bin/esc');
export const escctl = resolve(stage, 'bin/escctl');
export const escd = resolve(stage, 'bin/escd');
export const shim = resolve(stage, 'libexec/esc/esc-pcsc');
