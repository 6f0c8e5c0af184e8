import { concatBytes, fromHex, toHex, u32 } from '../../src/base/bytes.js';
import { developerKeys, type CardKeys } from '../scp01.js';
import { CoolKeyApplet, type AppletBuild, type AppletState, type InstallParameters } from './applet.js';
import { SecureChannel } from './channel.js';
import type { ChannelProtocol } from './session.js';

export interface ContentState {
  /** SCP01 where it is missing, as in files of earlier versions. */
  readonly secureChannel?: ChannelProtocol;
  readonly sequence?: number;
  readonly keyVersion: number;
  readonly keys: { readonly enc: string; readonly mac: string; readonly kek: string };
  readonly packageLoaded: boolean;
  readonly applet: AppletState | null;
}

/** What is on the card: its keys, the applet's code, and the applet. */
export class CardContent {
  /** 10 bytes: IC fabricator, type and batch, then the serial number. */
  public readonly cuid: Uint8Array;
  public readonly channel: SecureChannel;
  public readonly protocol: ChannelProtocol;
  private sequence: number;
  private keys: CardKeys;
  private version: number;
  private loaded: boolean;
  private instance: CoolKeyApplet | undefined;

  public constructor(
    public readonly serial: number,
    private readonly build: AppletBuild,
    blank: {
      readonly keys?: CardKeys | undefined;
      readonly secureChannel?: ChannelProtocol | undefined;
    } = {},
    state?: ContentState,
  ) {
    this.cuid = concatBytes(fromHex('40906145C762'), u32(serial));
    this.version = state?.keyVersion ?? 1;
    this.keys = state
      ? { enc: fromHex(state.keys.enc), mac: fromHex(state.keys.mac), kek: fromHex(state.keys.kek) }
      : (blank.keys ?? developerKeys);
    this.protocol = state ? (state.secureChannel ?? 'SCP01') : (blank.secureChannel ?? 'SCP01');
    this.sequence = state?.sequence ?? 0;
    this.channel = new SecureChannel(
      () => ({
        protocol: this.protocol,
        diversificationData: this.cuid,
        keyVersion: this.version,
        keys: this.keys,
        sequence: this.sequence,
      }),
      () => (this.sequence = (this.sequence + 1) & 0xffff),
    );
    this.loaded = state?.packageLoaded ?? false;
    this.instance = state?.applet ? CoolKeyApplet.restore(state.applet, this.channel) : undefined;
  }

  public get applet(): CoolKeyApplet | undefined {
    return this.instance;
  }

  public get packageLoaded(): boolean {
    return this.loaded;
  }

  public get keyVersion(): number {
    return this.version;
  }

  public load(): void {
    this.loaded = true;
  }

  public install(parameters: InstallParameters): void {
    this.instance = CoolKeyApplet.install(this.build, parameters, this.channel);
  }

  public deletePackage(): void {
    this.loaded = false;
  }

  public deleteApplet(): void {
    this.instance = undefined;
  }

  public replaceKeys(version: number, keys: CardKeys): void {
    this.version = version;
    this.keys = keys;
    this.sequence = 0;
  }

  public toState(): ContentState {
    return {
      secureChannel: this.protocol,
      sequence: this.sequence,
      keyVersion: this.version,
      keys: { enc: toHex(this.keys.enc), mac: toHex(this.keys.mac), kek: toHex(this.keys.kek) },
      packageLoaded: this.loaded,
      applet: this.instance?.toState() ?? null,
    };
  }
}
