import { _ } from '../io/text.js';
import { usualModule, type CardModule } from './modules.js';

/** What a person does where this program cannot. */
export interface ByHandStep {
  readonly title: string;
  /** Empty where it is not known: the step is left out then. */
  readonly text: string;
  /** The text is typed or pasted as it is. */
  readonly literal?: boolean;
}

/** @param module undefined where it is not known which is installed */
export function registrationByHand({ name, path }: CardModule = usualModule()): ByHandStep[] {
  return [
    {
      title: _('Firefox and Thunderbird'),
      text: _(
        'Settings › Privacy & Security › Security Devices › Load: any name, and the file of the module.',
      ),
    },
    { title: _('The File of the Module'), text: path, literal: true },
    {
      title: _('Chromium and Google Chrome, in a Terminal'),
      text: `modutil -dbdir "sql:$HOME/.pki/nssdb" -add "${name}" -libfile ${path}`,
      literal: true,
    },
  ];
}

/** @param chainUrl where the CA's certificates are; empty where that is not known */
export function trustByHand(chainUrl: string): ByHandStep[] {
  return [
    { title: _('Address of the CA Certificate Chain'), text: chainUrl, literal: true },
    {
      title: _('Trust the Issuer'),
      text: _(
        'Settings › Privacy & Security › View Certificates › Authorities › Import: the file with the CA certificate chain. Compare the fingerprints before you tick web sites and mail.',
      ),
    },
  ];
}

/** What no step helps with. */
export function browsersInSandbox(): ByHandStep {
  return {
    title: _('Browsers in a Sandbox'),
    text: _(
      'A browser that was installed as a Flatpak or Snap cannot load the modules of the system. Install the package of your distribution instead.',
    ),
  };
}

/** Above the steps, where this program runs under Flatpak. */
export function sandboxedText(): string {
  return _(
    'Smart Card Manager runs in a sandbox (Flatpak) here and cannot reach browsers and mail programs. These steps do the same.',
  );
}
