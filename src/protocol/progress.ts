export type OperationKind = 'format' | 'enroll' | 'reset-pin';

/** What an operation is busy with, for a sentence beside the bar. */
export type ProgressStep =
  | 'connecting'
  | 'reading-card'
  | 'waiting-for-login'
  | 'waiting-for-pin'
  | 'loading-applet'
  | 'setting-pin'
  | 'generating-keys'
  | 'writing-certificates'
  | 'finishing'
  | 'working';

export interface Progress {
  /** 0 to 1, never decreasing; 1 only when the server has reported success. */
  readonly fraction: number;
  readonly step: ProgressStep;
}

/** The most that anything but the end of the operation may show: servers say 100 % and go on. */
const almostDone = 0.98;
/** The part of an enrolment that loading the applet takes, where it or a whole format happens on the way. */
const appletShare = 0.5;
/** How far a command moves the bar towards the end of its step. */
const creep = 1 / 25;

/** What the server names as coming next. */
const tasks: ReadonlyMap<string, ProgressStep> = new Map<string, ProgressStep>([
  ['PROGRESS_START_AUTHENTICATION', 'reading-card'],
  ['PROGRESS_START_PIN_RESET', 'reading-card'],
  ['PROGRESS_PIN_RESET_RESOLVE_PROFILE', 'reading-card'],
  ['PROGRESS_APPLET_UPGRADE', 'loading-applet'],
  ['PROGRESS_APPLET_BLOCK', 'loading-applet'],
  ['PROGRESS_PIN_RESET', 'setting-pin'],
  ['PROGRESS_PROCESS_PROFILE', 'generating-keys'],
  ['PROGRESS_KEY_GENERATION', 'generating-keys'],
  ['PROGRESS_READ_PUBLIC_KEY', 'generating-keys'],
  ['PROGRESS_PARSE_PUBLIC_KEY', 'generating-keys'],
  ['PROGRESS_ENROLL_CERT', 'writing-certificates'],
  ['PROGRESS_PUBLISH_CERT', 'writing-certificates'],
  ['PROGRESS_IMPORT_CERT', 'writing-certificates'],
  ['PROGRESS_WRITE_OBJECTS', 'writing-certificates'],
  ['PROGRESS_ISSUER_INFO', 'finishing'],
  ['PROGRESS_SET_LIFECYCLE', 'finishing'],
  ['PROGRESS_SET_LIFE_CYCLE_STATE', 'finishing'],
  ['PROGRESS_DONE', 'finishing'],
  ['PROGRESS_DONE_ENROLLMENT', 'finishing'],
  ['PROGRESS_PIN_RESET_COMPLETE', 'finishing'],
]);

/** By the instruction of a secured command: its header can be read although its data cannot. */
const instructions: Readonly<Record<number, ProgressStep>> = {
  0xe4: 'loading-applet',
  0xe6: 'loading-applet',
  0xe8: 'loading-applet',
  0x40: 'setting-pin',
  0x04: 'setting-pin',
  0x0c: 'generating-keys',
  0x0a: 'writing-certificates',
  0x5a: 'writing-certificates',
  0x54: 'writing-certificates',
  0xf4: 'finishing',
  0xf0: 'finishing',
  0x55: 'finishing',
};

/** Where the bar stops in each step when only commands tell how far an operation is. */
const ends: Readonly<Record<OperationKind, Readonly<Partial<Record<ProgressStep, number>>>>> = {
  format: { 'reading-card': 0.1 },
  enroll: {
    'reading-card': 0.1,
    'loading-applet': appletShare,
    'setting-pin': 0.55,
    'generating-keys': 0.75,
    'writing-certificates': 0.92,
  },
  'reset-pin': { 'reading-card': 0.8, 'setting-pin': 0.95 },
};

/** Turns what passes by, the server's percentages and the commands for the card, into one steady bar. */
export class ProgressMeter {
  private fraction = 0;
  private step: ProgressStep = 'connecting';
  /** Where the server's present count from 0 to 100 began on the bar. */
  private base = 0;
  private lastState = 0;

  public constructor(
    private readonly kind: OperationKind,
    private readonly report: (progress: Progress) => void,
  ) {}

  public get current(): Progress {
    return { fraction: this.fraction, step: this.step };
  }

  public enter(step: ProgressStep): void {
    this.show(this.fraction, step);
  }

  /** A STATUS_UPDATE_REQUEST: `state` counts to 100, perhaps more than once, and means what comes next. */
  public status(state: number, task: string): void {
    if (state < this.lastState) this.base = this.fraction;
    this.lastState = state;
    const step = tasks.get(task) ?? 'working';
    const loads = step === 'loading-applet' || task === 'PROGRESS_DONE';
    const end = this.kind === 'enroll' && loads ? appletShare : almostDone;
    this.show(this.base + Math.max(0, end - this.base) * (Math.min(state, 100) / 100), step);
  }

  /** A command on its way to the card. */
  public command(command: Uint8Array): void {
    const [cla = 0, ins = 0] = command;
    const step = (cla === 0x84 ? instructions[ins] : undefined) ?? this.afterWaiting();
    const end = ends[this.kind][step] ?? almostDone;
    this.show(this.fraction + Math.max(0, end - this.fraction) * creep, step);
  }

  /** A conversation begins anew: the server counts from the start, the bar stays. */
  public restart(): void {
    this.base = this.fraction;
    this.lastState = 0;
    this.enter('connecting');
  }

  /** The server has reported success. */
  public finish(): void {
    this.show(1, 'finishing');
  }

  private afterWaiting(): ProgressStep {
    const waited = ['connecting', 'waiting-for-login', 'waiting-for-pin'].includes(this.step);
    return waited ? 'reading-card' : this.step;
  }

  private show(fraction: number, step: ProgressStep): void {
    const next = Math.max(this.fraction, fraction);
    if (next === this.fraction && step === this.step) return;
    this.fraction = next;
    this.step = step;
    this.report(this.current);
  }
}
