/** npm run build: installs what is missing and builds into build/stage. */
import { prepare, stage } from './prepare.mjs';
import { forDemo } from './requirements.mjs';

await prepare(forDemo);
console.error(`built: ${stage}`);
