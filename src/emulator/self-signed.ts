/**
 * A certificate that signs itself. Node makes keys and signatures but no certificates, so the few structures of X.509 (RFC 5280) that
 * a server needs are written here.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** Both in PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

const DAY = 86_400_000;
/** Days: what browsers accept at most. */
const VALID = 397;

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const BOOLEAN = 0x01;
/** Tags that only mean something where they stand. */
const context = (number: number, constructed: boolean): number => 0x80 | (constructed ? 0x20 : 0) | number;

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ALTERNATIVE_NAME = '2.5.29.17';

/** A certificate for these host names and IP addresses, valid for 397 days from yesterday on. */
export function selfSigned(hosts: readonly string[], now: number = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, objectId(ECDSA_WITH_SHA256));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, objectId(COMMON_NAME), der(UTF8, Buffer.from('oss-resumable emulator')))));
  const content = der(
    SEQUENCE,
    der(context(0, true), der(INTEGER, Buffer.of(2))), // version 3
    der(INTEGER, Buffer.concat([Buffer.of(0x40), randomBytes(15)])), // a positive serial number
    algorithm,
    name,
    der(SEQUENCE, utcTime(now - DAY), utcTime(now + (VALID - 1) * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(context(3, true), der(SEQUENCE, ...extensions(hosts))),
  );
  const signature = sign('sha256', content, privateKey);
  const certificate = der(SEQUENCE, content, algorithm, der(BIT_STRING, Buffer.of(0), signature));
  return { cert: pem('CERTIFICATE', certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function extensions(hosts: readonly string[]): Buffer[] {
  const critical = der(BOOLEAN, Buffer.of(0xff));
  const extension = (id: string, value: Buffer, ...flags: Buffer[]): Buffer =>
    der(SEQUENCE, objectId(id), ...flags, der(OCTET_STRING, value));
  return [
    // Not an authority: with that, Firefox refuses it as a server's certificate.
    extension(BASIC_CONSTRAINTS, der(SEQUENCE), critical),
    extension(KEY_USAGE, der(BIT_STRING, Buffer.of(7, 0x80)), critical), // digitalSignature
    extension(EXTENDED_KEY_USAGE, der(SEQUENCE, objectId(SERVER_AUTH))),
    extension(ALTERNATIVE_NAME, der(SEQUENCE, ...hosts.map(alternativeName))),
  ];
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 0 ? der(context(2, false), Buffer.from(host, 'latin1')) : der(context(7, false), addressBytes(host));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes IPv6 addresses in one form, with at most one gap.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const [first, last] = [words(head), words(tail)];
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(all.flatMap((word) => [word >>> 8, word & 255]));
}

/** Tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let more = arc >>> 7; more > 0; more >>>= 7) groups.unshift((more & 127) | 128);
    bytes.push(...groups);
  }
  return der(OID, Buffer.from(bytes));
}

const utcTime = (time: number): Buffer => der(UTC_TIME, Buffer.from(`${new Date(time).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
