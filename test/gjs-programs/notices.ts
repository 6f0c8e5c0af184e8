/** `notices`: shows a notification of each life and lets time pass. Prints after how many milliseconds each went. */
import type Gio from 'gi://Gio';
import { Notices, type Notice } from '../../src/agent/notices.js';

const gone: Record<string, number> = {};
let now = 0;
const timers: (readonly [due: number, callback: () => void])[] = [];
const clock = {
  now: () => now,
  after: (milliseconds: number, callback: () => void) => {
    timers.push([now + milliseconds, callback]);
    return () => undefined;
  },
};
const application = {
  send_notification: () => undefined,
  withdraw_notification: (subject: string) => (gone[subject] = now),
} as object as Gio.Application;

const notices = new Notices(application, clock, () => true);
const lives: readonly Notice['life'][] = ['short', 'long', 'urgent'];
for (const life of lives) notices.show(life, { title: 'What Happened', body: 'And where', life });
for (const [due, callback] of timers) {
  now = due;
  callback();
}
print(JSON.stringify(gone));
