import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import type { OperationEnd, WorkKind } from '../tokens/operation.js';
import { doubtAbout } from '../tokens/left-behind.js';
import { isOutdated } from '../tokens/outdated.js';
import { explain } from '../tokens/sentences.js';
import type { Token } from '../tokens/token.js';
import { setAccessibleName } from './accessible-name.js';
import { failureFacts } from './failure-facts.js';
import { headingOf } from './heading.js';
import { nextStepButtons } from './next-steps.js';
import { doneText, keyCheckLines, paragraphs } from './words.js';

/**
 * How an operation ended, until it is dismissed, outdated or the next one begins. Emits `operate` with what is to be done next,
 * and `copy` with the details.
 */
export class OutcomeBox extends Gtk.Box {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscOutcomeBox',
        Template: 'resource:///io/github/escproject/Esc/ui/outcome-box.ui',
        InternalChildren: [
          'icon',
          'what',
          'next',
          'details',
          'facts',
          'copy',
          'phone_home',
          'next_steps',
          'retry',
          'dismiss',
        ],
        Signals: {
          operate: { param_types: [GObject.TYPE_STRING] },
          copy: { param_types: [GObject.TYPE_STRING] },
        },
      },
      this,
    );
  }

  declare private _icon: Gtk.Image;
  declare private _what: Gtk.Label;
  declare private _next: Gtk.Label;
  declare private _details: Gtk.Expander;
  declare private _facts: Gtk.Label;
  declare private _copy: Gtk.Button;
  declare private _phone_home: Gtk.Button;
  declare private _next_steps: Gtk.Box;
  declare private _retry: Gtk.Button;
  declare private _dismiss: Gtk.Button;

  private kind: WorkKind = 'enroll';
  private end: OperationEnd | undefined;

  public constructor() {
    super();
    setAccessibleName(this._details, this._details.label);
    this._dismiss.connect('clicked', () => (this.visible = false));
    this._copy.connect('clicked', () => this.emit('copy', this._facts.label));
    this._retry.connect('clicked', () => this.emit('operate', this.kind));
  }

  /** @returns what a screen reader says of it */
  public show_end(kind: WorkKind, end: OperationEnd, token: Token): string {
    const { failure } = end;
    const failed = failure !== undefined;
    const words = failed ? explain(failure) : doneText(kind, end);
    this.kind = kind;
    this.end = end;
    this.remove_css_class(failed ? 'done' : 'failed');
    this.add_css_class(failed ? 'failed' : 'done');
    this._icon.icon_name = failed ? 'esc-warning-symbolic' : 'esc-done-symbolic';
    this._what.label = headingOf(words.what);
    this._next.label = failed
      ? paragraphs(keyCheckLines(end.keyChecks), words.next, doubtAbout(token, kind, end))
      : words.next;
    this._details.visible = failed;
    this._details.expanded = false;
    this._facts.label = failed ? failureFacts(failure) : '';
    this._phone_home.visible = failure?.facts.step === 'phone-home';
    this.showNextSteps(kind, end);
    this._retry.visible = failed && token.allows(kind);
    this.visible = true;
    const said = `${this._what.label}. ${this._next.label}`;
    setAccessibleName(this, said);
    return said;
  }

  /** Goes where an operation runs, or where what it says of the card is no longer so. */
  public show_token(token: Token): void {
    if (token.operation !== undefined || (this.end !== undefined && isOutdated(this.end, token)))
      this.visible = false;
  }

  /** After what was done, what most people want to do next. */
  private showNextSteps(kind: WorkKind, end: OperationEnd): void {
    const box = this._next_steps;
    for (let old = box.get_first_child(); old !== null; old = box.get_first_child()) box.remove(old);
    for (const button of nextStepButtons(kind, end, next => this.emit('operate', next))) box.append(button);
    box.visible = box.get_first_child() !== null;
  }
}
