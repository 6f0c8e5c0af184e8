/** A small Token Processing System for demonstration and tests, with its own CA, on loopback only. */
import { deferred } from '../../src/base/deferred.js';
import type { PinLimits } from '../../src/protocol/ports.js';
import { makeAppletFile } from './applet-file.js';
import { CertificateAuthority } from './ca.js';
import { converse } from './conversation.js';
import type { Services } from './conversation.js';
import { listen } from './http-server.js';
import type { Handlers, Page } from './http-server.js';
import type { RecoveryScheme } from './operation.js';
import { phoneHomeDocument } from './phone-home.js';
import type { KeyBits } from './server-key.js';
import type { FaultHook } from './session.js';
import { readState, StateWriter } from './state-file.js';
import { TokenDatabase } from './tokens.js';
import type { Loss, TokenList } from './tokens.js';
import { defaultUsers } from './users.js';
import type { UserList } from './users.js';

export interface TpsOptions {
  /** 0, the default, takes one that is free. */
  readonly port?: number;
  readonly httpsPort?: number;
  /** What stands in the URLs: a name of this machine's loopback; `127.0.0.1` unless given. */
  readonly host?: string;
  readonly users?: UserList;
  /** 2048 unless given. */
  readonly keyBits?: KeyBits;
  /** Whether the server makes and archives the encryption key; true unless given. */
  readonly serverSideEncryptionKey?: boolean;
  /** `RecoverLast` unless given. */
  readonly destroyedScheme?: RecoveryScheme;
  /** Cards with another applet get this one at enrolment; `1.4.58768072` unless given. */
  readonly appletVersion?: string;
  /** The number of LOAD commands, 75 unless given. */
  readonly appletBlocks?: number;
  /** 4 to 10 characters unless given. */
  readonly pinLimits?: PinLimits;
  /** Issuer in the Phone Home document and organization in certificates; `Example Corp` unless given. */
  readonly issuerName?: string;
  /** How long the certificates are valid; 730 unless given. */
  readonly validDays?: number;
  /** Wrong PINs that a card takes before it blocks; 127 unless given. */
  readonly pinTries?: number;
  /** Whether the Phone Home document sends operations to https; http unless given. */
  readonly operationScheme?: 'http' | 'https';
  /** Whether a user with an active card is refused another one; false unless given. */
  readonly oneActiveTokenPerUser?: boolean;
  /** Milliseconds without a byte from or to a client; 80,000 unless given. */
  readonly silenceTimeout?: number;
  /** Milliseconds to think before each message, as a real one does; 0 unless given. */
  readonly pace?: number;
  /** Keeps CA, cards and archived keys from one start to the next. */
  readonly stateFile?: string;
  /** Gets a line for each message: names and status words, never a password or a PIN. */
  readonly log?: (line: string) => void;
  /** For tests: is asked before each message to the client. */
  readonly fault?: FaultHook;
}

export interface DemoTps {
  /** For operations. */
  readonly url: string;
  readonly httpsUrl: string;
  readonly phoneHomeUrl: string;
  readonly caCertificatePem: string;
  readonly tokens: TokenList;
  /**
   * What an administrator does when a card is lost.
   * @param cuid 20 upper-case hexadecimal digits
   * @throws Error where the card is not active
   */
  report(cuid: string, loss: Loss): void;
  /**
   * What an administrator does so that a card gets the keys of its user's lost card.
   * @param cuid 20 upper-case hexadecimal digits
   * @throws Error where the card is not formatted
   */
  give(cuid: string, userId: string): void;
  /** Drops all conversations and waits until the state is saved. */
  close(): Promise<void>;
}

const serverNames = [
  { name: 'localhost', kind: 'name' },
  { name: '127.0.0.1', kind: 'address' },
  { name: '::1', kind: 'address' },
] as const;

/** @throws Error when a port is taken; Failure `malformed-data` for a broken state file. */
export async function startTps(options: TpsOptions = {}): Promise<DemoTps> {
  const log = options.log ?? (() => undefined);
  const organization = options.issuerName ?? 'Example Corp';
  const saved = options.stateFile === undefined ? undefined : await readState(options.stateFile);
  const authority =
    saved === undefined
      ? await CertificateAuthority.create(organization)
      : CertificateAuthority.restore(saved.authority);
  const tokens: TokenDatabase = new TokenDatabase(saved, () => writer?.save());
  const writer =
    options.stateFile === undefined
      ? undefined
      : new StateWriter(options.stateFile, () => ({ authority: authority.save(), ...tokens.save() }), log);
  writer?.save();

  const identity = await authority.issueServerIdentity(organization, serverNames);
  const silenceTimeout = options.silenceTimeout ?? 80_000;
  const urls = new Urls(options.host ?? '127.0.0.1');
  const started = deferred<Services>();
  let conversations = 0;
  const handlers: Handlers = {
    page: (path, query) =>
      pageAt(path, query, {
        issuerName: organization,
        operationUrl: options.operationScheme === 'https' ? urls.https : urls.http,
        chain: authority.chain(),
      }),
    converse: async wire => {
      const number = (conversations += 1);
      await converse(wire, await started.promise, {
        fault: options.fault,
        pace: options.pace ?? 0,
        log: line => log(`#${number} ${line}`),
      });
    },
  };
  const plain = await listen(handlers, { port: options.port ?? 0, silenceTimeout, log });
  const secure = await listen(handlers, {
    port: options.httpsPort ?? 0,
    silenceTimeout,
    log,
    // With the CA's certificate, as Dogtag's servers send it.
    tls: { key: identity.privateKeyPem, cert: identity.certificatePem + authority.certificatePem },
  }).catch(async (error: unknown) => {
    await plain.close();
    throw error;
  });
  urls.httpPort = plain.port;
  urls.httpsPort = secure.port;
  started.resolve({
    authority,
    tokens,
    profile: {
      users: options.users ?? defaultUsers,
      keyBits: options.keyBits ?? 2048,
      serverSideEncryptionKey: options.serverSideEncryptionKey ?? true,
      destroyedScheme: options.destroyedScheme ?? 'RecoverLast',
      appletVersion: options.appletVersion ?? '1.4.58768072',
      applet: makeAppletFile(options.appletBlocks ?? 75),
      pinLimits: options.pinLimits ?? { minimum: 4, maximum: 10 },
      organization,
      validDays: options.validDays ?? 730,
      pinTries: options.pinTries ?? 127,
      phoneHomeUrl: urls.phoneHome,
      oneActiveTokenPerUser: options.oneActiveTokenPerUser ?? false,
    },
  });
  return {
    url: urls.http,
    httpsUrl: urls.https,
    phoneHomeUrl: urls.phoneHome,
    caCertificatePem: authority.certificatePem,
    tokens,
    report: (cuid, loss) => {
      tokens.reported(cuid, loss);
      log(`card ${cuid} reported ${loss}`);
    },
    give: (cuid, userId) => {
      tokens.given(cuid, userId);
      log(`card ${cuid} given to ${userId}`);
    },
    close: async () => {
      await Promise.all([plain.close(), secure.close()]);
      await writer?.finished();
    },
  };
}

class Urls {
  public httpPort = 0;
  public httpsPort = 0;

  public constructor(private readonly host: string) {}

  public get http(): string {
    return `http://${this.authority(this.httpPort)}/tps/tps`;
  }

  public get https(): string {
    return `https://${this.authority(this.httpsPort)}/tps/tps`;
  }

  public get phoneHome(): string {
    return `http://${this.authority(this.httpPort)}/tps/phoneHome`;
  }

  private authority(port: number): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${port}`;
  }
}

interface PageFacts {
  readonly issuerName: string;
  readonly operationUrl: string;
  readonly chain: Uint8Array;
}

function pageAt(path: string, query: URLSearchParams, facts: PageFacts): Page | undefined {
  if (path === '/tps/phoneHome') return { contentType: 'application/xml', body: phoneHomeDocument(facts) };
  if (path === '/ca/ee/ca/getCAChain') return chainPage(query, facts.chain);
  return undefined;
}

function chainPage(query: URLSearchParams, chain: Uint8Array): Page | undefined {
  const contentType = query.get('mimeType') ?? 'application/octet-stream';
  switch (query.get('op')) {
    case 'download':
      return {
        contentType: /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : 'application/octet-stream',
        body: chain,
      };
    case 'downloadBIN':
      return {
        contentType: 'application/octet-stream',
        headers: { 'Content-disposition': 'attachment; filename=ca.p7c' },
        body: chain,
      };
    default:
      return undefined;
  }
}
