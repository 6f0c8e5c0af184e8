import type { LoginAnswers, LoginField } from './ports.js';

/**
 * What a person has answered, in memory only, for one flow of operations such as format then enroll:
 * no question is asked twice, neither by the second operation nor by a conversation that has to begin again.
 */
export class OperationAnswers {
  private readonly logins = new Map<string, LoginAnswers>();
  private newPin: string | undefined;

  public get pin(): string | undefined {
    return this.newPin;
  }

  public rememberPin(pin: string): void {
    this.newPin = pin;
  }

  /** @param form which form was answered: see LoginForm.key. */
  public rememberLogin(form: string, answers: LoginAnswers): void {
    this.logins.set(form, answers);
  }

  /** The answers to a form, where all its fields have been answered. */
  public loginFor(form: string, fields: readonly LoginField[]): LoginAnswers | undefined {
    const answers = this.logins.get(form);
    return fields.every(field => Boolean(answers?.get(field.id))) ? answers : undefined;
  }

  public forgetLogin(form: string): void {
    this.logins.delete(form);
  }

  /** To be called when the flow has ended, however it did. */
  public forget(): void {
    this.logins.clear();
    this.newPin = undefined;
  }
}
