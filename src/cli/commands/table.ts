import { certificates, info, list } from './cards.js';
import { changePassword, testCard } from './card-tasks.js';
import { exportCertificates } from './export.js';
import type { Command } from './command.js';
import { diagnostics } from './diagnostics.js';
import { enroll, format, resetPassword } from './operations.js';
import { phoneHomeClear, phoneHomeSet, phoneHomeShow, phoneHomeTest } from './phone-home.js';
import { registerModule } from './register-module.js';
import { trust } from './trust.js';
import { trustServer } from './trust-server.js';

/** What escctl can do, in the order of its help. */
export const commands: readonly Command[] = [
  list,
  info,
  certificates,
  exportCertificates,
  enroll,
  format,
  resetPassword,
  testCard,
  changePassword,
  phoneHomeShow,
  phoneHomeTest,
  phoneHomeSet,
  phoneHomeClear,
  registerModule,
  trust,
  trustServer,
  diagnostics,
];
