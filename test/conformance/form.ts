/** Forms as browsers and SDKs send them to PostObject. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AssumeRoleReply } from '../../src/emulator/index.js';
import { signText, timestampOf } from '../helpers/sign-v4.js';
import { unescape } from './wire.js';

export type Field = readonly [name: string, value: string];

export interface PostedFile {
  content: string | Buffer;
  filename?: string;
  type?: string;
}

export interface FormReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  xml(name: string): string | undefined;
}

export const BOUNDARY = '----form7MA4YWxk';

/** The parts of a form. */
export function formBody(fields: readonly Field[], file?: PostedFile, after: readonly Field[] = []): Buffer {
  const part = (disposition: string, value: string | Buffer, type?: string): Buffer =>
    Buffer.concat([
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n`),
      Buffer.from(type === undefined ? '\r\n' : `Content-Type: ${type}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]);
  const text = ([name, value]: Field): Buffer => part(`name="${name}"`, value);
  const name = file?.filename === undefined ? '' : `; filename="${file.filename}"`;
  return Buffer.concat([
    ...fields.map(text),
    ...(file === undefined ? [] : [part(`name="file"${name}`, file.content, file.type)]),
    ...after.map(text),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

/** The fields of a signed policy: the four that V4 demands, and the policy's own conditions. */
export function signedFields(
  credentials: AssumeRoleReply['Credentials'],
  {
    conditions = [],
    at = Date.now(),
    seconds = 600,
    without = '',
  }: { conditions?: unknown[]; at?: number; seconds?: number; without?: string } = {},
): Field[] {
  const stamp = timestampOf(at);
  const date = stamp.slice(0, 8);
  const required: Field[] = [
    ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ['x-oss-credential', `${credentials.AccessKeyId}/${date}/cn-hangzhou/oss/aliyun_v4_request`],
    ['x-oss-date', stamp],
    ...(credentials.SecurityToken === '' ? [] : [['x-oss-security-token', credentials.SecurityToken] as const]),
  ];
  const document = {
    expiration: new Date(at + seconds * 1000).toISOString(),
    conditions: [...required.filter(([name]) => name !== without).map(([name, value]) => ({ [name]: value })), ...conditions],
  };
  return [...required, ...signPolicy(JSON.stringify(document), credentials.AccessKeySecret, date)];
}

/** A policy's text, whatever it is, with its signature. */
export function signPolicy(text: string, secret: string, date: string): Field[] {
  const policy = Buffer.from(text).toString('base64');
  const signature = signText(policy, secret, { timestamp: date, region: 'cn-hangzhou' });
  return [
    ['policy', policy],
    ['x-oss-signature', signature],
  ];
}

/** Posts a body to the bucket's root. */
export function post(port: number, body: Buffer, headers: Record<string, string> = {}, path = '/'): Promise<FormReply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      headers: {
        Host: `demo-bucket.localhost:${port}`,
        'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
        'Content-Length': body.length,
        ...headers,
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const xml = (name: string): string | undefined => {
          const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
          return found === undefined ? undefined : unescape(found);
        };
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, xml });
      });
    });
    request.end(body);
  });
}
