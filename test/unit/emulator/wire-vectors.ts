/** Turns a signing vector into the request a server would receive. */
import { collectHeaders, parseQuery, type Address, type ParsedRequest } from '../../../src/emulator/parse-request.js';
import { parseTimestamp, type KeyRing } from '../../../src/emulator/verify-v4.js';

export interface Vector {
  id: string;
  input: {
    mode: string;
    method: string;
    bucket: string | null;
    key: string | null;
    region: string;
    product: string;
    accessKeyId: string;
    accessKeySecret: string;
    securityToken: string;
    signTime: string;
    expires: number;
    headers: string[][];
    query: string[][];
    additionalHeaders: string[] | null;
    options?: { omitOssDateHeader?: boolean; securityTokenQueryName?: string };
    signingKeyHex?: string;
  };
  expect: { canonicalRequest: string; stringToSign: string; signature?: string; authorization?: string; url?: string };
}

export interface WireVector {
  request: ParsedRequest;
  address: Address;
  scope: { region: string; product: string; date: string; timestamp: string };
  additional: string[];
  signature: string;
  now: number;
  keys: KeyRing;
}

/** The signer's rule for its list: lower case, no default-signed, absent or empty names, sorted. */
function additionalNames({ additionalHeaders, headers }: Vector['input']): string[] {
  const present = new Map(headers.map(([name = '', value = '']) => [name.toLowerCase(), value]));
  const names = (additionalHeaders ?? []).map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !/^(content-type|content-md5|x-oss-.*)$/.test(name) && present.get(name)).sort();
}

export function onTheWire({ input, expect }: Vector): WireVector {
  const scope = {
    region: input.region,
    product: input.product || 'oss',
    date: input.signTime.slice(0, 8),
    timestamp: input.signTime,
  };
  const credential = `${input.accessKeyId}/${scope.date}/${scope.region}/${scope.product}/aliyun_v4_request`;
  const additional = additionalNames(input);
  const signature = expect.signature ?? /Signature=([0-9a-f]+)/.exec(expect.authorization ?? '')?.[1] ?? '';
  // In a client's header map the later spelling of a name replaces the earlier one.
  const headers = new Map(input.headers.map(([name = '', value = '']) => [name.toLowerCase(), value]));
  const query = new Map(input.query.map(([name = '', value = '']) => [name, value]));
  if (input.mode === 'header') {
    if (input.options?.omitOssDateHeader === true) headers.set('date', new Date(parseTimestamp(input.signTime)).toUTCString());
    else headers.set('x-oss-date', input.signTime);
    headers.set('x-oss-content-sha256', 'UNSIGNED-PAYLOAD');
    if (input.securityToken !== '') headers.set('x-oss-security-token', input.securityToken);
    const list = additional.length > 0 ? `,AdditionalHeaders=${additional.join(';')}` : '';
    headers.set('authorization', expect.authorization ?? `OSS4-HMAC-SHA256 Credential=${credential}${list},Signature=${signature}`);
  } else {
    query.set('x-oss-signature-version', 'OSS4-HMAC-SHA256');
    query.set('x-oss-credential', credential);
    query.set('x-oss-date', input.signTime);
    query.set('x-oss-expires', String(input.expires));
    query.set('x-oss-signature', signature);
    if (additional.length > 0) query.set('x-oss-additional-headers', additional.join(';'));
    if (input.securityToken !== '') query.set(input.options?.securityTokenQueryName ?? 'x-oss-security-token', input.securityToken);
  }
  return {
    request: {
      method: input.method,
      host: '',
      rawPath: '/',
      query: expect.url === undefined ? query : parseQuery(expect.url.split('?')[1] ?? ''),
      headers: collectHeaders(headers),
    },
    address: { bucket: input.bucket, key: input.key },
    scope,
    additional,
    signature,
    now: parseTimestamp(input.signTime),
    keys: {
      find: (id) =>
        id === input.accessKeyId
          ? {
              accessKeySecret: input.accessKeySecret,
              ...(input.securityToken === '' ? {} : { securityToken: input.securityToken, expiresAt: Number.POSITIVE_INFINITY }),
            }
          : undefined,
      knowsToken: () => false,
    },
  };
}
