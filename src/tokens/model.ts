import { GioConnector } from '../io/network.js';
import type { Trust } from '../io/tls.js';
import { systemClock } from '../io/clock.js';
import { kernelRandom } from '../io/random.js';
import type { Connector } from '../protocol/ports.js';
import { AgentLink } from './agent-link.js';
import type { AnswerRecorder, CardAccess } from './card-session.js';
import { CardTasks } from './card-tasks.js';
import { openCardService } from './cards.js';
import { openLog } from './log/open.js';
import type { EventLog } from './log/event-log.js';
import { LogWatcher, recordAnswer } from './log/watcher.js';
import { Operator } from './operator.js';
import { PhoneHomeCache } from './phone-home-cache.js';
import { PhoneHome } from './phone-home.js';
import { readToken } from './reading.js';
import { Registry } from './registry.js';
import { Settings } from './settings.js';

/** Where the program was installed. */
export interface Installation {
  /** Which of the programs this is: esc, escd or escctl. */
  readonly program: string;
  readonly version: string;
  readonly pkgdatadir: string;
  readonly libexecdir: string;
  readonly localedir: string;
  readonly schemadir: string;
}

/** The one model that window, agent and command line stand on. */
export interface OpenModel {
  readonly installation: Installation;
  readonly registry: Registry;
  readonly operator: Operator;
  readonly phoneHome: PhoneHome;
  readonly cardTasks: CardTasks;
  readonly settings: Settings;
  readonly log: EventLog;
  readonly agent: AgentLink;
  readonly connector: Connector;
  /** Ends the shim. */
  close(): void;
}

export function openModel(installation: Installation): OpenModel {
  const { program } = installation;
  const clientVersion = `ESC ${installation.version}`;
  const settings = Settings.open(installation.schemadir);
  const cards = openCardService(installation, settings);
  const log = openLog(installation);
  const trust = (): Trust => settings.trusted.current();
  const connector = new GioConnector({
    get connectTimeout() {
      return settings.connectTimeout;
    },
    trust,
  });
  const recorder: AnswerRecorder = (token, command, answer) => recordAnswer(log, token, command, answer);
  const registry = new Registry(cards, systemClock, readToken);
  const fetchTime = program === 'escctl' ? 'on-demand' : 'on-insertion';
  const phoneHome = new PhoneHome(registry, settings, new PhoneHomeCache(settings), clientVersion, fetchTime);
  const access: CardAccess = { cards, clock: systemClock, onAnswer: recorder };
  const operator = new Operator(access, connector, settings, phoneHome, clientVersion);
  const cardTasks = new CardTasks(access, kernelRandom);
  const watcher = new LogWatcher(registry, log, program === 'escctl' ? 'operations' : 'everything');
  const agent = new AgentLink(registry);
  const close = (): void => {
    agent.close();
    watcher.close();
    phoneHome.close();
    registry.close();
  };
  return { registry, operator, cardTasks, phoneHome, settings, log, agent, connector, installation, close };
}
