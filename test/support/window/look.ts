/** How the desktop looks to the program. */
export interface Look {
  readonly dark?: boolean;
  readonly highContrast?: boolean;
  /** How many times as large as usual text is; 1 where absent. */
  readonly textScale?: number;
  /** Of the desktop, such as he, which is written from right to left. */
  readonly language?: string;
  /** Of the screen, which the window fills when it wants more; pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** The variables by which the desktop tells GTK and Libadwaita how it looks. */
export function environmentOf({ dark, highContrast, textScale, language }: Look): NodeJS.ProcessEnv {
  return {
    ADW_DEBUG_COLOR_SCHEME: dark === true ? 'prefer-dark' : 'default',
    ADW_DEBUG_HIGH_CONTRAST: highContrast === true ? '1' : '0',
    ...(textScale === undefined ? {} : { DRIVE_TEXT_SCALE: String(textScale) }),
    // What the program itself has no catalogue of stays English, and GTK's says which way it is written.
    ...(language === undefined ? {} : { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', LANGUAGE: language }),
  };
}
