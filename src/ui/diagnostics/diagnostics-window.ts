import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import type { OpenModel } from '../../tokens/model.js';
import type { Token } from '../../tokens/token.js';
import { closeByKeys } from '../close-keys.js';
import { CheckUpPage } from './check-up-page.js';
import { InformationPage } from './information-page.js';
import { LogPage } from './log-page.js';
import { TextOutlet } from './text-outlet.js';

/** What is known about program and cards, what has happened, and a check-up. */
export class DiagnosticsWindow extends Adw.Window {
  static {
    GObject.registerClass({ GTypeName: 'EscDiagnosticsWindow' }, this);
  }

  /** Leads to what is known about a card. */
  public readonly showCard: (token: Token) => void;

  public constructor(model: OpenModel) {
    super({
      title: _('Diagnostics'),
      default_width: 720,
      default_height: 640,
      width_request: 340,
      height_request: 294,
    });
    const toasts = new Adw.ToastOverlay({ vexpand: true });
    const outlet = new TextOutlet(this, toasts);
    const stack = new Adw.ViewStack({ vexpand: true, hhomogeneous: false });
    const information = new InformationPage(model, outlet);
    this.showCard = token => {
      stack.visible_child_name = 'information';
      information.showCard(token);
    };
    const log = new LogPage(model.log, outlet);
    const checkUp = new CheckUpPage(model);
    const pages = [
      [information, 'information', _('Information'), 'esc-info-symbolic'],
      [log, 'log', _('Log'), 'esc-log-symbolic'],
      [checkUp, 'check-up', _('Check-Up'), 'esc-check-symbolic'],
    ] as const;
    for (const [page, name, title, icon] of pages) stack.add_titled_with_icon(page, name, title, icon);
    // GTK 4.8 tells screen readers of every page of a stack, so the other pages are hidden.
    const hideOthers = (): void => {
      for (const [page, name] of pages) page.child.visible = stack.visible_child_name === name;
    };
    stack.connect('notify::visible-child', hideOthers);
    hideOthers();
    toasts.child = stack;

    const title = new Adw.ViewSwitcherTitle({ stack, title: _('Diagnostics') });
    const bar = new Adw.ViewSwitcherBar({ stack });
    title.bind_property('title-visible', bar, 'reveal', GObject.BindingFlags.SYNC_CREATE);
    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    box.append(new Adw.HeaderBar({ title_widget: title, centering_policy: Adw.CenteringPolicy.STRICT }));
    box.append(toasts);
    box.append(bar);
    this.content = box;
    closeByKeys(this);
    this.connect('close-request', () => {
      information.stop();
      log.stop();
      checkUp.stop();
      return false;
    });
  }
}
