/** A bare HTTP client of the embedded OSS, so that tests read like transcripts. */
import { request as httpRequest, Agent, type IncomingHttpHeaders } from 'node:http';
import type { AssumeRoleReply, Emulator } from '../../src/emulator/index.js';
import { encode, scopeText, signRequest, timestampOf } from '../helpers/sign-v4.js';

export interface WireReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** Text of the first element of that name. */
  xml(name: string): string | undefined;
}

export interface WireRequest {
  bucket?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** False sends an anonymous request. */
  sign?: boolean;
  /** Sends the body chunked, without Content-Length. */
  chunked?: boolean;
  /** A Content-Length other than the body's; the connection is cut after the body. */
  contentLength?: number;
  /** The request time. @default now */
  at?: number;
  /** Signs the URL instead of a header, for this many seconds. */
  presign?: number;
}

export interface Wire {
  send(method: string, key: string | null, request?: WireRequest): Promise<WireReply>;
  initiate(key: string, request?: WireRequest): Promise<string>;
  part(key: string, uploadId: string, number: number, body: string | Buffer, request?: WireRequest): Promise<WireReply>;
  complete(key: string, uploadId: string, parts: readonly (readonly [number, string])[], request?: WireRequest): Promise<WireReply>;
  /** The path of a signed URL for that request. */
  presign(method: string, key: string, request?: WireRequest): string;
  close(): void;
}

export function completeBody(parts: readonly (readonly [number, string])[]): string {
  const list = parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
  return `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
}

export function unescape(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

/** What a client of an emulator must know of it. */
type Served = Pick<Emulator, 'port' | 'region' | 'control'>;

export function createWire(oss: Served, credentials: AssumeRoleReply['Credentials'] = oss.control.assumeRole().Credentials): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });

  function prepare(method: string, key: string | null, wire: WireRequest): { path: string; headers: Record<string, string> } {
    const bucket = wire.bucket ?? 'demo-bucket';
    const timestamp = timestampOf(wire.at ?? Date.now());
    const scope = { timestamp, region: oss.region };
    const query = new Map(Object.entries(wire.query ?? {}));
    const headers: Record<string, string> = { ...wire.headers, Host: `${bucket}.localhost:${oss.port}` };
    const signed = wire.sign !== false;
    const credential = `${credentials.AccessKeyId}/${scopeText(scope)}`;
    if (signed && wire.presign === undefined) {
      headers['x-oss-date'] ??= timestamp;
      headers['x-oss-content-sha256'] ??= 'UNSIGNED-PAYLOAD';
      // A permanent key has no token.
      if (credentials.SecurityToken !== '') headers['x-oss-security-token'] ??= credentials.SecurityToken;
    }
    if (wire.presign !== undefined) {
      query.set('x-oss-signature-version', 'OSS4-HMAC-SHA256');
      query.set('x-oss-credential', credential);
      query.set('x-oss-date', timestamp);
      query.set('x-oss-expires', String(wire.presign));
      query.set('x-oss-security-token', credentials.SecurityToken);
    }
    if (signed) {
      const signature = signRequest({ method, bucket, key, query, headers }, credentials.AccessKeySecret, scope);
      if (wire.presign === undefined) headers['Authorization'] ??= `OSS4-HMAC-SHA256 Credential=${credential},Signature=${signature}`;
      else query.set('x-oss-signature', signature);
    }
    const pairs = [...query].map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`));
    const path = `/${(key ?? '').split('/').map(encode).join('/')}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
    return { path, headers };
  }

  function send(method: string, key: string | null, wire: WireRequest = {}): Promise<WireReply> {
    const { path, headers } = prepare(method, key, wire);
    const body = Buffer.from(wire.body ?? '');
    if (wire.chunked === true) headers['Transfer-Encoding'] = 'chunked';
    else if (body.length > 0 || method === 'PUT' || method === 'POST')
      headers['Content-Length'] = String(wire.contentLength ?? body.length);

    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: oss.port, method, path, headers, agent, setHost: false });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const received = Buffer.concat(chunks);
          const content = received.toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: received,
            text: content,
            xml: (name) => {
              const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(content);
              return match === null ? undefined : unescape(match[1] ?? '');
            },
          });
        });
      });
      if (wire.contentLength === undefined) request.end(body);
      else request.write(body, () => setTimeout(() => request.destroy(), 50));
    });
  }

  return {
    send,
    initiate: async (key, request) => {
      const reply = await send('POST', key, { ...request, query: { uploads: '', ...request?.query } });
      const id = reply.xml('UploadId');
      if (id === undefined) throw new Error(`Initiate: ${reply.status} ${reply.text}`);
      return id;
    },
    part: (key, uploadId, number, body, request) =>
      send('PUT', key, { ...request, body, query: { partNumber: String(number), uploadId, ...request?.query } }),
    complete: (key, uploadId, parts, request) =>
      send('POST', key, { body: completeBody(parts), ...request, query: { uploadId, ...request?.query } }),
    presign: (method, key, request) => prepare(method, key, { presign: 600, ...request }).path,
    close: () => agent.destroy(),
  };
}
