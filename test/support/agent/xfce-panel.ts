import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end } from '../processes.js';
import type { Desktop } from './desktop.js';

/** One panel along the top with nothing but the notification area, at its right end. */
const settings = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
    </property>
    <property name="plugin-2" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
`;

/** The panel of Xfce, in the session of a Desktop that has a display. */
export class XfcePanel {
  private constructor(private readonly process: ChildProcess) {}

  /** The bus starts what keeps its settings. */
  public static start({ environment }: Desktop): XfcePanel {
    const folder = join(environment.XDG_CONFIG_HOME ?? '', 'xfce4/xfconf/xfce-perchannel-xml');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'xfce4-panel.xml'), settings);
    const options = { env: environment, stdio: 'ignore' } as const;
    return new XfcePanel(spawn('xfce4-panel', ['--disable-wm-check'], options));
  }

  public end(): Promise<void> {
    return end(this.process);
  }
}
