/** A handler whose OSS is scripted, and a page that asks it. */
import { createHandler, type Grant, type HandlerOptions } from '../../../src/server/index.js';

export const SECRET = 'never-in-an-answer-of-the-handler';
export const HANDLER: HandlerOptions = {
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  credentials: { accessKeyId: 'LTAIserver', accessKeySecret: SECRET } as never,
  allow: () => ({ prefix: 'users/42/' }),
};

export interface Answer {
  status: number;
  headers: Headers;
  body: {
    error?: { code: string; message: string };
    signatures?: { key: string; headers: Record<string, string>; fields?: Record<string, string> }[];
    credentials?: Record<string, string>;
    uploads?: { uploadId: string; parts: { number: number }[] }[];
  };
  text: string;
}

export async function post(body: unknown, options: Partial<HandlerOptions> = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const handler = createHandler({ ...HANDLER, ...options });
  const response = await handler(
    new Request('http://app.example.com/oss', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }),
  );
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text), text };
}

/** Asks for one signature, as a page with this grant. */
export const ask = (request: object, grant: Partial<Grant> = {}, options: Partial<HandlerOptions> = {}): Promise<Answer> =>
  post({ requests: [request] }, { allow: () => ({ prefix: 'users/42/', ...grant }), ...options });

export const verdict = ({ status, body }: Answer): unknown[] => [status, body.error?.code];

export const part = (change: object = {}): object => ({
  operation: 'UploadPart',
  method: 'PUT',
  key: 'users/42/a.bin',
  query: { partNumber: '1', uploadId: 'ID' },
  headers: {},
  size: 5,
  ...change,
});
export const put = (change: object = {}): object => ({ operation: 'PutObject', key: 'users/42/a.bin', size: 5, ...change });
