import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { eachCard } from './each-card.js';
import { leftBehind } from './left-behind.js';
import type { Operation } from './operation.js';
import type { Registry } from './registry.js';
import { explain } from './sentences.js';
import { agentName, startingTheAgent } from './start-agent.js';
import type { Token } from './token.js';

const agentPath = '/io/github/escproject/Esc/Agent';

interface Told {
  readonly id: number;
  readonly reader: string;
  readonly operation: Operation;
  percent: number;
}

/**
 * Tells the agent, if it runs, of the operations of this program, and whether its window is in front:
 * the interface io.github.escproject.Esc.Agent1. Nothing secret goes that way, and no name of a person.
 */
export class AgentLink {
  private readonly running = new Map<Token, Told>();
  private lastId = 0;
  private windowActive = false;
  private connection: Gio.DBusConnection | undefined;
  private watch = 0;
  private isAgentThere = false;
  private readonly forgetCards: () => void;

  public constructor(registry: Registry) {
    this.forgetCards = eachCard(registry, token => this.look(token));
  }

  /** Starts the agent where it does not run. */
  public startAgent(): void {
    this.connect();
    this.connection?.call(...startingTheAgent(), ignore);
  }

  public setWindowActive(active: boolean): void {
    this.connect();
    this.windowActive = active;
    this.tell('SetWindowActive', '(b)', [active]);
  }

  /** What was told has arrived then: the bus takes a caller that leaves for one that was interrupted. */
  public close(): void {
    this.forgetCards();
    if (this.connection === undefined) return;
    // A window that is closed does not say so itself, and its program may take a while to leave the bus.
    if (this.windowActive) this.setWindowActive(false);
    Gio.bus_unwatch_name(this.watch);
    this.connection.flush_sync(null);
  }

  private look(token: Token): void {
    const told = this.running.get(token);
    if (told === undefined) {
      if (token.operation !== undefined) this.follow(token, token.operation);
      return;
    }
    const { fraction } = told.operation.progress;
    const percent = Math.floor(100 * fraction);
    if (percent === told.percent) return;
    told.percent = percent;
    this.tell('ReportProgress', '(ud)', [told.id, fraction]);
  }

  private follow(token: Token, operation: Operation): void {
    this.connect();
    const told = { id: (this.lastId += 1), reader: token.reader, operation, percent: 0 };
    this.running.set(token, told);
    this.begin(told);
    void operation.finished.then(end => {
      const { failure } = end;
      this.running.delete(token);
      const said = failure === undefined ? '' : explain(failure).what;
      // Whoever closed the window in the middle learns here what became of the card.
      const sentence = [said, leftBehind(token, operation.kind, end)].filter(part => part !== '').join(' ');
      this.tell('EndOperation', '(uss)', [told.id, failure?.code ?? '', sentence]);
    });
  }

  private begin({ id, operation, reader }: Told): void {
    this.tell('BeginOperation', '(uss)', [id, operation.kind, reader]);
  }

  /** When it is first needed: a command that runs no operation needs no bus. */
  private connect(): void {
    if (this.connection !== undefined) return;
    try {
      this.connection = Gio.bus_get_sync(Gio.BusType.SESSION, null);
    } catch {
      // Without a bus there is no agent.
      return;
    }
    const { NONE } = Gio.BusNameWatcherFlags;
    this.watch = Gio.bus_watch_name_on_connection(
      this.connection,
      agentName,
      NONE,
      () => this.tellAll(),
      () => (this.isAgentThere = false),
    );
  }

  /** An agent that has just come knows nothing; one that was there takes a second word for the first. */
  private tellAll(): void {
    this.isAgentThere = true;
    this.tell('SetWindowActive', '(b)', [this.windowActive]);
    for (const told of this.running.values()) this.begin(told);
  }

  private tell(method: string, signature: string, values: unknown[]): void {
    // GJS 1.74 never gives back what it makes for D-Bus: a third of a kibibyte each time.
    if (!this.isAgentThere) return;
    const parameters = new GLib.Variant(signature, values);
    const { NO_AUTO_START } = Gio.DBusCallFlags;
    const name = `${agentName}1`;
    this.connection?.call(
      agentName,
      agentPath,
      name,
      method,
      parameters,
      null,
      NO_AUTO_START,
      -1,
      null,
      ignore,
    );
  }
}

/** An agent that does not run, or knows no more of the operation, has missed nothing that matters. */
function ignore(connection: Gio.DBusConnection | null, result: Gio.AsyncResult): void {
  try {
    connection?.call_finish(result);
  } catch {
    // Nobody waits for the answer.
  }
}
