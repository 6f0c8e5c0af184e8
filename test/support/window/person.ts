import type { Demo } from '../demo/demo.js';
import { esc } from '../demo/programs.js';
import { DrivenWindow, type Look, type Shown } from './driver.js';

/** Who works on cards in the window of a demo, by clicks alone. */
export class Person {
  private constructor(
    private readonly demo: Demo,
    public readonly window: DrivenWindow,
  ) {}

  public static async start(
    demo: Demo,
    look: Look = {},
    environment: NodeJS.ProcessEnv = demo.environment,
  ): Promise<Person> {
    return new Person(demo, await DrivenWindow.start([esc], environment, look));
  }

  public see(text: string): Promise<Shown> {
    return this.window.find('label', text);
  }

  public press(button: string): Promise<void> {
    return this.window.press('push button', button);
  }

  /** Presses Format and answers the question. */
  public async format(): Promise<void> {
    await this.press('Format');
    await this.window.find('dialog', 'Format This Card?');
    await this.press('Format');
  }

  public async typePassword(password: string, again = password): Promise<void> {
    await this.window.type('text', 'New Card Password', password);
    await this.window.type('text', 'The Same Again', again);
  }

  public async choosePassword(password: string): Promise<void> {
    await this.typePassword(password);
    await this.press('OK');
  }

  /** Types what the demo's server asks for. */
  public async typeLogin(password = this.demo.password): Promise<void> {
    const server = this.demo.tps.split('/')[2] ?? '';
    await this.window.find('dialog', `Sign In to ${server}`);
    await this.window.type('text', 'LDAP User ID', this.demo.user);
    await this.window.type('text', 'LDAP Password', password);
  }

  public async logIn(password?: string): Promise<void> {
    await this.typeLogin(password);
    await this.press('Submit');
  }
}
