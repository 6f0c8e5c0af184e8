import { esc } from '../demo/programs.js';
import { DrivenWindow, type Look, type Shown } from './driver.js';

/** Where somebody works: a demo, or a bench. */
interface Place {
  readonly user: string;
  readonly password: string;
  /** The URL of the TPS. */
  readonly tps: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Who works on cards in a window, by clicks alone. */
export class Person {
  private constructor(
    private readonly place: Place,
    public readonly window: DrivenWindow,
  ) {}

  public static async start(
    place: Place,
    look: Look = {},
    environment: NodeJS.ProcessEnv = place.environment,
  ): Promise<Person> {
    return new Person(place, await DrivenWindow.start([esc], environment, look));
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
  public async typeLogin(password = this.place.password): Promise<void> {
    const server = this.place.tps.split('/')[2] ?? '';
    await this.window.find('dialog', `Sign In to ${server}`);
    await this.window.type('text', 'LDAP User ID', this.place.user);
    await this.window.type('text', 'LDAP Password', password);
  }

  public async logIn(password?: string): Promise<void> {
    await this.typeLogin(password);
    await this.press('Submit');
  }
}
