import type Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import type { Failure } from '../base/failure.js';
import { _ } from '../io/text.js';
import type { UntrustedServer } from '../base/untrusted-server.js';
import type { LoginAnswers, LoginRequest, PinLimits, ServerAddress } from '../protocol/ports.js';
import type { PinPrompter, PinRequest } from '../tokens/card-tasks.js';
import type { WorkKind } from '../tokens/operation.js';
import type { OperationPrompter, PlainHttpAnswer } from '../tokens/operation-prompter.js';
import { askCardPassword } from './card-password-dialog.js';
import { askLogin } from './login-dialog.js';
import { askNewPassword } from './password-dialog.js';
import { askPlainHttp } from './plain-http-dialog.js';
import { askTrust } from './trust-dialog.js';
import { paragraphs } from './words.js';

/** Asks the person in dialogs over the window, for one operation. */
export class WindowPrompter implements OperationPrompter, PinPrompter {
  private before: LoginAnswers = new Map();

  /**
   * @param formatsFirst the card is formatted on the way: the person is told.
   * @param which says above each question which card it is about; empty where there is no doubt
   */
  public constructor(
    private readonly window: Gtk.Window,
    private readonly kind: WorkKind,
    private readonly formatsFirst: boolean,
    private readonly which: () => string,
  ) {}

  public async login(request: LoginRequest, cancellation: Cancellation): Promise<LoginAnswers | undefined> {
    const answers = await askLogin(this.window, request, this.which(), this.before, cancellation);
    if (answers !== undefined) {
      const secret = new Set(
        request.fields.filter(field => field.kind === 'password').map(field => field.id),
      );
      this.before = new Map([...answers].filter(([id]) => !secret.has(id)));
    }
    return answers;
  }

  public pin(request: PinRequest, cancellation: Cancellation): Promise<string | undefined> {
    return askCardPassword(this.window, request, this.which(), cancellation);
  }

  public newPin(
    limits: PinLimits,
    unsuitable: 'length' | 'characters' | undefined,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    return askNewPassword(
      this.window,
      { heading: this.heading(), body: paragraphs(this.which(), this.body(unsuitable)), limits },
      cancellation,
    );
  }

  public trust(
    server: UntrustedServer,
    lock: Failure | undefined,
    cancellation: Cancellation,
  ): Promise<boolean> {
    return askTrust(this.window, server, lock, cancellation);
  }

  public plainHttp(
    server: ServerAddress,
    canRemember: boolean,
    cancellation: Cancellation,
  ): Promise<PlainHttpAnswer> {
    return askPlainHttp(this.window, server, canRemember, cancellation);
  }

  private heading(): string {
    return this.kind === 'enroll' ? _('Choose a Card Password') : _('Choose a New Card Password');
  }

  private body(unsuitable: 'length' | 'characters' | undefined): string {
    if (this.kind === 'change-password') return _('The present one is no longer valid then.');
    if (unsuitable === 'length') return _('The server wants a password of another length.');
    if (unsuitable === 'characters') return _('The server cannot take a password with these characters.');
    if (this.formatsFirst)
      return _('You will need it whenever you use the card. The card is formatted first, then enrolled.');
    return _('You will need it whenever you use the card.');
  }
}
