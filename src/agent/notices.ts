import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import type { Clock } from '../base/clock.js';

/** Milliseconds. `short` is for what can be seen anyway, `urgent` for what someone should look after. */
const lifetimes = { short: 10_000, long: 60_000, urgent: 600_000 };

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** Of the card that a click leads to; without one it leads to the window. */
  readonly cuid?: string;
  readonly life: keyof typeof lifetimes;
  /** Actions that take the card's CUID, as buttons. */
  readonly answers?: readonly { readonly label: string; readonly action: string }[];
}

/** The agent's notifications: at most one for each subject, gone when nobody needs it any more. */
export class Notices {
  private readonly shown = new Map<string, () => void>();

  public constructor(
    private readonly application: Gio.Application,
    private readonly clock: Clock,
    private readonly wanted: () => boolean,
  ) {}

  /** Replaces the one about the same subject. */
  public show(subject: string, { title, body, cuid = '', life, answers = [] }: Notice): void {
    if (!this.wanted()) {
      this.withdraw(subject);
      return;
    }
    this.shown.get(subject)?.();
    const notification = Gio.Notification.new(title);
    notification.set_body(body);
    notification.set_icon(Gio.ThemedIcon.new('io.github.escproject.Esc'));
    if (cuid === '') notification.set_default_action('app.show-cards');
    else notification.set_default_action_and_target('app.show-card', new GLib.Variant('s', cuid));
    for (const { label, action } of answers)
      notification.add_button_with_target(label, action, new GLib.Variant('s', cuid));
    if (life === 'urgent') notification.set_priority(Gio.NotificationPriority.HIGH);
    this.application.send_notification(subject, notification);
    this.shown.set(
      subject,
      this.clock.after(lifetimes[life], () => this.withdraw(subject)),
    );
  }

  public withdraw(subject: string): void {
    const stopClock = this.shown.get(subject);
    if (stopClock === undefined) return;
    stopClock();
    this.shown.delete(subject);
    this.application.withdraw_notification(subject);
  }

  public withdrawAll(): void {
    for (const subject of [...this.shown.keys()]) this.withdraw(subject);
  }
}
