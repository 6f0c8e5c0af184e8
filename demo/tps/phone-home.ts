/** What the Phone Home document tells. */
export interface PhoneHomeAnswer {
  /** Shown as the card's issuer. */
  readonly issuerName: string;
  /** The URL to which operations are posted. */
  readonly operationUrl: string;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** The ServiceInfo document, with the elements and in the order of Dogtag's own. */
export function phoneHomeDocument({ issuerName, operationUrl }: PhoneHomeAnswer): string {
  return [
    '<ServiceInfo>',
    `<IssuerName>${escapeXml(issuerName)}</IssuerName>`,
    '<Services>',
    `<Operation>${escapeXml(operationUrl)}</Operation>`,
    '<UI></UI>',
    '<EnrolledTokenBrowserURL></EnrolledTokenBrowserURL>',
    '<EnrolledTokenURL></EnrolledTokenURL>',
    '<TokenType>userKey</TokenType>',
    '</Services>',
    '</ServiceInfo>',
    '',
  ].join('\n');
}
