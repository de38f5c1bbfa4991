import { describe, expect, test } from 'vitest';
import { isOssError, type OssError } from '../../../src/errors.js';
import { readErrorReply } from '../../../src/oss/error-reply.js';
import { describe as describeSubject, type Subject } from '../../../src/oss/operation.js';
import errorVectors from '../../vectors/errors.json';
import xmlVectors from '../../vectors/xml-samples.json';

const TOKEN = 'CAISExampleToken+with/slash==';
const SECRET = 'ExampleTempSecret+/=Only';
const part: Subject = { operation: 'UploadPart', key: 'dir/a.bin', partNumber: 3 };

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

function sample(id: string): Reply {
  const found = (xmlVectors.samples as unknown as { id: string; response: Reply }[]).find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no sample ${id}`);
  return found.response;
}

function read({ status, headers = {}, body }: Partial<Reply> & { status: number }, subject: Subject = part): Promise<OssError> {
  return readErrorReply(new Response(body || null, { status, headers }), subject, [TOKEN, SECRET]);
}

/** Everything that can be got out of an error: what JSON shows, own properties of any kind, stack and causes. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  const names = Reflect.ownKeys(value);
  return [
    JSON.stringify(value),
    String(value),
    ...names.map((name) => `${String(name)}=${everythingIn(Reflect.get(value, name), seen)}`),
  ].join('\n');
}

function expectNoSecret(error: OssError): void {
  const everything = everythingIn(error);
  expect(everything).toContain(error.message);
  for (const secret of [TOKEN, SECRET, encodeURIComponent(TOKEN), 'Signature=']) expect(everything).not.toContain(secret);
}

describe('the message is useful on its own', () => {
  test('operation, part, key, status, code, what OSS said, what to do, request ID and EC', async () => {
    const error = await read(sample('error-no-such-upload-uploadpart'));
    expect(error.message).toBe(
      'UploadPart 3 of "dir/a.bin" failed with 404 NoSuchUpload: The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed. Upload the file again. (request ID 6740A1B2C3D4E5F607182930, EC 0042-00000104)',
    );
    expect(isOssError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'OssError',
      code: 'NoSuchUpload',
      status: 404,
      operation: 'UploadPart',
      key: 'dir/a.bin',
      partNumber: 3,
      requestId: '6740A1B2C3D4E5F607182930',
      ec: '0042-00000104',
      hostId: 'demo-bucket.oss-cn-hangzhou.aliyuncs.com',
      resumable: true,
    });
  });

  test('an operation without a part names none', () => {
    expect(describeSubject({ operation: 'InitiateMultipartUpload', key: 'k' })).toBe('InitiateMultipartUpload of "k"');
    expect(describeSubject(part)).toBe('UploadPart 3 of "dir/a.bin"');
  });

  test.each([
    ['AccessDenied', /policy.*region and endpoint/],
    ['SignatureDoesNotMatch', /accessKeySecret.*rewrites headers/],
    ['InvalidAccessKeyId', /Check what `credentials` returns/],
    ['SecurityTokenExpired', /Pass a function as `credentials`/],
    ['InvalidSecurityToken', /one AssumeRole response/],
    ['RequestTimeTooSkewed', /device.s clock/],
    ['NoSuchBucket', /bucket and region/],
    ['FileAlreadyExists', /another key.*forbidOverwrite/],
    ['NoSuchUpload', /Upload the file again/],
  ])('%s: says what to do', async (code, advice) => {
    const { message } = await read({ status: 403, body: `<Error><Code>${code}</Code><Message>Said.</Message></Error>` });
    expect(message).toMatch(new RegExp(`failed with 403 ${code}: Said\\. `));
    expect(message).toMatch(advice);
  });

  for (const { code, status, operation, message: said } of errorVectors.errors.filter(({ status: answered }) => answered >= 400)) {
    test(`${status} ${code} to ${operation}: "${said.slice(0, 50)}"`, async () => {
      const body = `<Error><Code>${code}</Code><Message>${said.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message><RequestId>R</RequestId></Error>`;
      const { message } = await read({ status, body });
      expect(message).toContain(`UploadPart 3 of "dir/a.bin" failed with ${status} ${code}: ${said.replace(/\.$/, '')}`);
      expect(message).toMatch(/\(request ID R\)$/);
      expect(message).not.toMatch(/ {2}|undefined|\.\./);
    });
  }

  test('a refusal to overwrite is not resumable: it would be refused again', async () => {
    expect((await read(sample('error-file-already-exists'))).resumable).toBe(false);
  });
});

describe('when there is no error document', () => {
  test.each([
    ['a page of a proxy', '<html><body>502 Bad Gateway: internal-host-17</body></html>'],
    ['nothing', ''],
    ['half a document', '<Error><Code>InternalError</Co'],
    ['JSON', '{"code":"InternalError"}'],
  ])('%s: the status stands for the code, and nothing of the body is repeated', async (_, body) => {
    const error = await read({ status: 502, body });
    expect(error.message).toBe('UploadPart 3 of "dir/a.bin" failed with 502 HTTP502 without an OSS error document.');
    expect(error).toMatchObject({ code: 'HTTP502', status: 502, requestId: undefined, ec: undefined });
    expect(everythingIn(error)).not.toContain('internal-host');
  });

  test('request ID and EC come from the headers then', async () => {
    const error = await read({ status: 500, headers: { 'x-oss-request-id': 'FROMHEADER', 'x-oss-ec': '0001-00000001' } });
    expect(error).toMatchObject({ requestId: 'FROMHEADER', ec: '0001-00000001' });
    expect(error.message).toMatch(/\(request ID FROMHEADER, EC 0001-00000001\)$/);
  });

  test('a body that breaks off is no body', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('network')) });
    expect(await readErrorReply(new Response(broken, { status: 503 }), part, [])).toMatchObject({ code: 'HTTP503' });
  });
});

describe('HEAD has no body: the document is base64 in x-oss-err', () => {
  const head: Subject = { operation: 'HeadObject', key: 'missing.txt' };

  test('is read from there', async () => {
    const error = await read(sample('head-object-missing'), head);
    expect(error).toMatchObject({ code: 'NoSuchKey', status: 404, ec: '0026-00000001', requestId: '6740A1B2C3D4E5F607182930' });
    expect(error.message).toContain('HeadObject of "missing.txt" failed with 404 NoSuchKey: The specified key does not exist.');
  });

  test('as UTF-8', async () => {
    const bytes = new TextEncoder().encode('<Error><Code>AccessDenied</Code><Message>目录 is forbidden.</Message></Error>');
    const error = await read({ status: 403, headers: { 'x-oss-err': btoa(String.fromCharCode(...bytes)) } }, head);
    expect(error.message).toContain('403 AccessDenied: 目录 is forbidden.');
  });

  test.each(['%%%', 'a', btoa('no XML')])('%j is none', async (header) => {
    expect(await read({ status: 403, headers: { 'x-oss-err': header } }, head)).toMatchObject({ code: 'HTTP403', status: 403 });
  });

  test('secrets are struck out there too', async () => {
    const document = `<Error><Code>SecurityTokenExpired</Code><Message>Expired: ${TOKEN}.</Message><SecurityToken>${TOKEN}</SecurityToken></Error>`;
    expectNoSecret(await read({ status: 403, headers: { 'x-oss-err': btoa(document) } }, head));
  });
});

describe('no secret gets out', () => {
  test('SecurityTokenExpired, whose body echoes the token', async () => {
    const reply = sample('error-security-token-expired');
    expect(reply.body).toContain(TOKEN);
    const error = await read(reply);
    expect(error.code).toBe('SecurityTokenExpired');
    expectNoSecret(error);
  });

  test('SignatureDoesNotMatch, whose canonical request holds the token', async () => {
    const reply = sample('error-signature-does-not-match');
    const body = reply.body.replace('\nx-oss-date', `\nx-oss-security-token:${TOKEN}\nx-oss-date`);
    expect(body).toContain(`<CanonicalRequest>POST`);
    expect(body).toContain(TOKEN);
    const error = await read({ ...reply, body });
    expect(error.code).toBe('SignatureDoesNotMatch');
    expectNoSecret(error);
    expect(everythingIn(error)).not.toContain('UNSIGNED-PAYLOAD');
  });

  test.each(['Code', 'Message', 'RequestId', 'HostId', 'EC', 'Else'])('wherever the service echoes them: in %s', async (element) => {
    const fields: Record<string, string> = { Code: 'AccessDenied', Message: 'No.', RequestId: 'R', HostId: 'H', EC: 'E' };
    fields[element] = `before ${TOKEN} between ${SECRET} after ${TOKEN}`;
    const body = `<Error>${Object.entries(fields)
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join('')}</Error>`;
    expectNoSecret(await read({ status: 403, body }));
  });

  test.each(['x-oss-request-id', 'x-oss-ec'])('or in the header %s', async (header) => {
    expectNoSecret(await read({ status: 403, headers: { [header]: TOKEN } }));
  });

  test('a key that holds one by accident doesn’t repeat it in the message', async () => {
    const error = await read({ status: 403 }, { operation: 'PutObject', key: `dir/${SECRET}` });
    expect(error.message).not.toContain(SECRET);
  });

  test('fixed keys have no token: nothing is struck out', async () => {
    const error = await readErrorReply(
      new Response('<Error><Code>AccessDenied</Code><Message>No.</Message></Error>', { status: 403 }),
      part,
      [undefined, ''],
    );
    expect(error.message).toContain('failed with 403 AccessDenied: No. Check');
  });
});

describe('how long to wait', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'Retry-After': '7' }, 7_000],
    ['none', { 'Retry-After': '0' }, 0],
    ['a date, by the service’s clock', { 'Retry-After': 'Sun, 22 Nov 2026 08:01:30 GMT', Date: 'Sun, 22 Nov 2026 08:00:00 GMT' }, 90_000],
    ['a date that is past', { 'Retry-After': 'Sun, 22 Nov 2026 07:00:00 GMT', Date: 'Sun, 22 Nov 2026 08:00:00 GMT' }, undefined],
    ['a date without a clock to compare with', { 'Retry-After': 'Sun, 22 Nov 2026 08:01:30 GMT' }, undefined],
    ['something else', { 'Retry-After': 'soon' }, undefined],
    ['a negative number', { 'Retry-After': '-5' }, undefined],
    ['nothing', {}, undefined],
  ])('Retry-After: %s', async (_, headers, retryAfter) => {
    expect((await read({ status: 503, headers })).retryAfter).toBe(retryAfter);
  });

  test('RequestTimeTooSkewed tells the service’s time', async () => {
    expect((await read(sample('error-request-time-too-skewed'))).serverTime).toBe(Date.UTC(2026, 10, 22, 8));
  });
});
