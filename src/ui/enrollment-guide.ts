import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _, fill } from '../io/text.js';
import type { OperationStep } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import { setAccessibleName } from './accessible-name.js';
import { wrapTitle } from './wrap-title.js';

/** What an enrollment takes, in the order of its steps. */
function stepsOf(formatsFirst: boolean): readonly (readonly [title: string, subtitle: string])[] {
  return [
    [_('Choose a Card Password'), _('You need it whenever you use the card. Only you know it.')],
    [_('Sign In'), _('The server wants to know who you are, and whether you may have a card.')],
    [
      _('Leave the Card In'),
      formatsFirst
        ? _('The card is formatted, then your keys and certificates are put on it. It takes a minute or two.')
        : _('Your keys and certificates are put on the card. It takes about a minute.'),
    ],
  ];
}

type Stage = 'to-do' | 'now' | 'done';

/** Leads through the enrollment of a card that is not enrolled yet: what will happen, and where it is now. */
export class EnrollmentGuide extends Adw.PreferencesGroup {
  static {
    GObject.registerClass({ GTypeName: 'EscEnrollmentGuide' }, this);
  }

  private readonly rows: GuideRow[] = [];
  private formatsFirst: boolean | undefined;
  /** Of the enrollment that runs: 0 to 2, and never back. */
  private reached = -1;

  public show_token(token: Token): void {
    const { operation, summary } = token;
    const enrolling = operation?.kind === 'enroll';
    if (!enrolling) this.reached = -1;
    else if (this.reached < 0 && !this.visible) return;
    else this.reached = Math.max(this.reached, placeOf(operation.progress.step));
    const enrolled = summary?.status === 'ENROLLED' && !token.unfinished;
    // What a card needs is settled before its enrollment begins: on the way it is formatted, and then enrolled.
    this.visible = enrolling || (operation === undefined && token.isManageable && !enrolled);
    if (!enrolling) this.show_steps(token.needsFormat);
    this.rows.forEach((row, i) => row.show_stage(stageOf(i, this.reached)));
  }

  private show_steps(formatsFirst: boolean): void {
    if (this.formatsFirst === formatsFirst) return;
    this.formatsFirst = formatsFirst;
    this.title = _('Enrollment in Three Steps');
    wrapTitle(this);
    for (const row of this.rows.splice(0)) this.remove(row);
    stepsOf(formatsFirst).forEach(([title, subtitle], i) => {
      const row = new GuideRow(i + 1, title, subtitle);
      this.rows.push(row);
      this.add(row);
    });
  }
}

function placeOf(step: OperationStep): number {
  switch (step) {
    // It is also what comes before the first question.
    case 'connecting':
    case 'waiting-for-pin':
      return 0;
    case 'reading-card':
    case 'waiting-for-login':
      return 1;
    default:
      return 2;
  }
}

function stageOf(place: number, reached: number): Stage {
  if (place === reached) return 'now';
  return place < reached ? 'done' : 'to-do';
}

class GuideRow extends Adw.ActionRow {
  static {
    GObject.registerClass({ GTypeName: 'EscGuideRow' }, this);
  }

  private readonly number: Gtk.Label;
  private readonly done: Gtk.Image;

  public constructor(
    private readonly place: number,
    title: string,
    subtitle: string,
  ) {
    super({ title, subtitle, subtitle_lines: 0 });
    this.number = new Gtk.Label({ label: String(place), css_classes: ['step-number'] });
    this.number.valign = Gtk.Align.CENTER;
    this.done = new Gtk.Image({ icon_name: 'esc-done-symbolic', css_classes: ['step-done'] });
    this.add_prefix(this.number);
    this.add_prefix(this.done);
    this.show_stage('to-do');
  }

  public show_stage(stage: Stage): void {
    this.number.visible = stage !== 'done';
    this.done.visible = stage === 'done';
    const css = ['step-number'];
    if (stage === 'now') css.push('now');
    this.number.set_css_classes(css);
    const said: Record<Stage, string> = {
      'to-do': _('Step {number}:'),
      now: _('Step {number}, now:'),
      done: _('Step {number}, done:'),
    };
    setAccessibleName(this, `${fill(said[stage], { number: this.place })} ${this.title}`);
  }
}
