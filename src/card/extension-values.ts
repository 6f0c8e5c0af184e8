import { toHex } from '../base/bytes.js';
import { children, fromBinary, isContext, isUniversal, oid, primitive, tags } from './der.js';
import type { Asn1 } from './der.js';
import { readText } from './distinguished-name.js';
import { readExtendedKeyUsage, readIsCa, readKeyUsage, setBits } from './extension-usages.js';
import { readGeneralName, readGeneralNames } from './general-names.js';

/** What the standards call the extensions: RFC 5280, 6960, 6962, 7633, 3739; Netscape; Microsoft. */
export const extensionNames: Readonly<Record<string, string>> = {
  '2.5.29.9': 'subjectDirectoryAttributes',
  '2.5.29.14': 'subjectKeyIdentifier',
  '2.5.29.15': 'keyUsage',
  '2.5.29.16': 'privateKeyUsagePeriod',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.18': 'issuerAltName',
  '2.5.29.19': 'basicConstraints',
  '2.5.29.30': 'nameConstraints',
  '2.5.29.31': 'cRLDistributionPoints',
  '2.5.29.32': 'certificatePolicies',
  '2.5.29.33': 'policyMappings',
  '2.5.29.35': 'authorityKeyIdentifier',
  '2.5.29.36': 'policyConstraints',
  '2.5.29.37': 'extKeyUsage',
  '2.5.29.46': 'freshestCRL',
  '2.5.29.54': 'inhibitAnyPolicy',
  '1.3.6.1.5.5.7.1.1': 'authorityInfoAccess',
  '1.3.6.1.5.5.7.1.3': 'qcStatements',
  '1.3.6.1.5.5.7.1.11': 'subjectInfoAccess',
  '1.3.6.1.5.5.7.1.24': 'tlsFeature',
  '1.3.6.1.5.5.7.48.1.5': 'ocspNoCheck',
  '1.3.6.1.4.1.11129.2.4.2': 'signedCertificateTimestampList',
  '2.16.840.1.113730.1.1': 'netscapeCertType',
  '2.16.840.1.113730.1.13': 'netscapeComment',
  '1.3.6.1.4.1.311.20.2': 'microsoftCertificateTemplateName',
  '1.3.6.1.4.1.311.21.7': 'microsoftCertificateTemplate',
  '1.3.6.1.4.1.311.25.2': 'microsoftNtdsSecurity',
  '2.16.840.1.101.3.6.9.1': 'pivInterim',
};

type Describe = (node: Asn1) => string;

const describers: Readonly<Record<string, Describe>> = {
  '2.5.29.14': node => toHex(fromBinary(primitive(node))),
  '2.5.29.15': node => readKeyUsage(node).join(', '),
  '2.5.29.17': node => readGeneralNames(node).join('\n'),
  '2.5.29.18': node => readGeneralNames(node).join('\n'),
  '2.5.29.19': describeBasicConstraints,
  '2.5.29.30': describeNameConstraints,
  '2.5.29.31': describeDistributionPoints,
  '2.5.29.32': describePolicies,
  '2.5.29.35': describeAuthorityKey,
  '2.5.29.37': node => readExtendedKeyUsage(node).join(', '),
  '2.5.29.46': describeDistributionPoints,
  '1.3.6.1.5.5.7.1.1': describeAccess,
  '1.3.6.1.5.5.7.1.11': describeAccess,
  '1.3.6.1.5.5.7.48.1.5': () => 'NULL',
  '2.16.840.1.113730.1.1': node => setBits(primitive(node), netscapeTypes).join(', '),
  '2.16.840.1.113730.1.13': readText,
  '1.3.6.1.4.1.311.20.2': readText,
};

/**
 * The value in words. @returns undefined where nothing is known about it.
 * @throws when it has not the form that its standard gives it
 */
export function describeExtension(number: string, node: Asn1): string | undefined {
  return describers[number]?.(node);
}

function describeBasicConstraints(node: Asn1): string {
  const length = children(node).find(part => isUniversal(part, tags.integer));
  const cA = readIsCa(node) ? 'cA: TRUE' : 'cA: FALSE';
  return length === undefined ? cA : `${cA}\npathLenConstraint: ${smallInteger(length)}`;
}

function smallInteger(node: Asn1): number {
  return fromBinary(primitive(node)).reduce((value, byte) => value * 256 + byte, 0);
}

function describeNameConstraints(node: Asn1): string {
  return children(node)
    .flatMap(subtrees => {
      const kind = isContext(subtrees, 0) ? 'permitted' : 'excluded';
      return children(subtrees).map(subtree => {
        const [base] = children(subtree);
        return base === undefined ? kind : `${kind} ${readGeneralName(base)}`;
      });
    })
    .join('\n');
}

/** distributionPoint [0] { fullName [0] GeneralNames }, where it is given so. */
function describeDistributionPoints(node: Asn1): string {
  const names = children(node).flatMap(point => {
    const name = children(point).find(part => isContext(part, 0));
    const full = name === undefined ? undefined : children(name).find(part => isContext(part, 0));
    return full === undefined ? [] : readGeneralNames(full);
  });
  if (names.length === 0) throw new Error('no full name');
  return names.join('\n');
}

const policies: Readonly<Record<string, string>> = { '2.5.29.32.0': 'anyPolicy' };
const practiceStatement = '1.3.6.1.5.5.7.2.1';

function describePolicies(node: Asn1): string {
  return children(node)
    .map(policy => {
      const [id, qualifiers] = children(policy);
      const number = oid(id);
      const statements = (qualifiers === undefined ? [] : children(qualifiers)).flatMap(qualifier => {
        const [kind, value] = children(qualifier);
        return oid(kind) === practiceStatement ? [`cPSuri: ${readText(value)}`] : [];
      });
      return [policies[number] ?? number, ...statements].join('\n');
    })
    .join('\n');
}

function describeAuthorityKey(node: Asn1): string {
  const lines = children(node).flatMap(part => {
    if (isContext(part, 0)) return [`keyIdentifier: ${toHex(fromBinary(primitive(part)))}`];
    if (isContext(part, 1)) return readGeneralNames(part).map(name => `authorityCertIssuer ${name}`);
    if (isContext(part, 2)) return [`authorityCertSerialNumber: ${toHex(fromBinary(primitive(part)))}`];
    return [];
  });
  return lines.join('\n');
}

const accessMethods: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.48.1': 'ocsp',
  '1.3.6.1.5.5.7.48.2': 'caIssuers',
  '1.3.6.1.5.5.7.48.3': 'timeStamping',
  '1.3.6.1.5.5.7.48.5': 'caRepository',
};

function describeAccess(node: Asn1): string {
  return children(node)
    .map(access => {
      const [method, location] = children(access);
      const number = oid(method);
      const name = location === undefined ? '' : readGeneralName(location);
      return `${accessMethods[number] ?? number} ${name}`;
    })
    .join('\n');
}

const netscapeTypes = [
  'SSL client',
  'SSL server',
  'S/MIME',
  'object signing',
  'reserved',
  'SSL CA',
  'S/MIME CA',
  'object signing CA',
];
