/** The control surface over HTTP: who may use it, what it answers, and what it refuses in words. */
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createControl } from '../helpers/oss-control.js';
import { oss, serveTests } from './service.js';
import { createWire } from './wire.js';

const LISTED = 'https://app.test:3000';
serveTests({ origins: [LISTED] });

const at = (path: string): string => `http://127.0.0.1:${oss.port}${path}`;
const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(at(path), init);

/** Sends headers that `fetch` keeps for itself. */
function bare(path: string, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; allowed: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(at(path), { method, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, allowed: response.headers['access-control-allow-origin'] });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

describe('who may use it', () => {
  const preflight = { 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'content-type' };

  test.each(['http://localhost:5173', 'http://127.0.0.1:8080', 'http://app.localhost', 'https://[::1]:1', LISTED])(
    'pages of %s may',
    async (origin) => {
      for (const path of ['/_control/link', '/sts']) {
        expect(await bare(path, { Origin: origin })).toEqual({ status: 200, allowed: origin });
        expect(await bare(path, { Origin: origin, ...preflight }, 'OPTIONS')).toEqual({ status: 204, allowed: origin });
      }
    },
  );

  test.each(['https://evil.example', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'null', 'http://app.test:3000'])(
    'pages of %s may not, and what they ask for does not happen',
    async (origin) => {
      for (const path of ['/_control/objects', '/_control/', '/sts']) {
        expect(await bare(path, { Origin: origin })).toEqual({ status: 403, allowed: undefined });
        expect(await bare(path, { Origin: origin, ...preflight }, 'OPTIONS')).toEqual({ status: 403, allowed: undefined });
      }
      oss.control.addFault({ times: null, fault: { kind: 'reset' } });
      expect((await bare('/_control/faults', { Origin: origin }, 'DELETE')).status).toBe(403);
      expect(oss.control.faults()).toHaveLength(1);
    },
  );

  test('a script or image of another site may not either, although it sends no Origin', async () => {
    expect((await bare('/sts', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await bare('/sts', { 'Sec-Fetch-Site': 'none' })).status).toBe(200);
  });

  test('AssumeRole at the root is guarded like /sts', async () => {
    const action = '/?Action=AssumeRole';
    expect(await bare(action, { Origin: LISTED })).toEqual({ status: 200, allowed: LISTED });
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }] as Record<string, string>[]) {
      expect(await bare(action, headers)).toEqual({ status: 403, allowed: undefined });
      expect((await bare('/', { ...headers, 'X-Acs-Action': 'AssumeRole' }, 'POST')).status).toBe(403);
    }
    expect(oss.control.log().map(({ operation, status }) => [operation, status])).toEqual([['AssumeRole', 200]]);
  });

  test('a page that has changed where its name leads may not', async () => {
    expect((await bare('/_control/objects', { Host: 'evil.example' })).status).not.toBe(200);
    expect((await bare('/sts', { Host: 'evil.example' })).status).not.toBe(200);
  });
});

describe('what it answers', () => {
  test.each(['/_control', '/_control/'])('%s names the routes', async (path) => {
    const reply = await ask(path);
    const { routes } = (await reply.json()) as { routes: Record<string, string> };
    expect([reply.status, routes['POST /_control/faults']]).toEqual([200, expect.stringContaining('adds a fault')]);
  });

  test.each(['/_control/nothing', '/_control/constructor', '/_control/faultz', '/_control/health/x'])(
    '%s is not there, and the routes are named',
    async (path) => {
      const reply = await ask(path);
      expect([reply.status, await reply.json()]).toEqual([404, { error: `There is no GET ${path} here.`, routes: expect.anything() }]);
    },
  );

  test('health says what is served', async () => {
    expect(await (await ask('/_control/health')).json()).toEqual({ status: 'ok', region: 'cn-hangzhou', buckets: ['demo-bucket'] });
  });

  test('HEAD is answered like GET, without a body', async () => {
    const reply = await ask('/_control/health', { method: 'HEAD' });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });

  test.each([
    ['reset', undefined, 1],
    ['reset', '{}', 1],
    ['reset?data=false', undefined, 1],
    ['reset?data=true', undefined, 0],
    ['reset', '{"data":true}', 0],
  ])('POST %s with the body %s leaves %i objects', async (path, body, left) => {
    await createWire(oss).send('PUT', 'k', { body: 'x' });
    expect((await ask(`/_control/${path}`, { method: 'POST', ...(body !== undefined && { body }) })).status).toBe(200);
    expect(oss.control.objects()).toHaveLength(left);
  });

  test('a fault can be removed by its ID, also when it has struck', async () => {
    const { id } = oss.control.addFault({ operation: 'AssumeRole', fault: { kind: 'status', status: 503 } });
    const other = oss.control.addFault({ fault: { kind: 'reset' } });
    expect((await ask('/sts')).status).toBe(503);
    for (const each of [id, id, other.id]) expect((await ask(`/_control/faults/${each}`, { method: 'DELETE' })).status).toBe(200);
    expect(oss.control.faults()).toEqual([]);
  });

  test('CORS rules and the clock can be read', async () => {
    const control = createControl(at(''));
    await control.setCors(null);
    await control.setClock(5000);
    expect(await (await ask('/_control/cors')).json()).toEqual({ 'demo-bucket': [] });
    expect(await (await ask('/_control/clock')).json()).toEqual({ offsetMilliseconds: 5000 });
  });
});

describe('what it refuses', () => {
  const send = async (method: string, path: string, body: unknown): Promise<[number, string]> => {
    const reply = await ask(`/_control/${path}`, { method, body: typeof body === 'string' ? body : JSON.stringify(body) });
    return [reply.status, ((await reply.json()) as { error: string }).error];
  };
  const reset = { kind: 'reset' };
  const OPEN = { allowedOrigins: ['*'], allowedMethods: ['PUT'] };

  test.each<[string, string, unknown, string]>([
    ['POST', 'faults', 'not json', 'The body must be JSON.'],
    ['POST', 'faults', '', 'The body must be JSON.'],
    ['POST', 'faults', [], 'The fault rule must be an object, not [].'],
    ['POST', 'faults', {}, 'The fault rule needs fault.'],
    ['POST', 'faults', { operation: 'UploadParts', fault: reset }, 'The fault rule.operation must be one of InitiateMultipartUpload'],
    ['POST', 'faults', { operation: ['UploadPart', 'Put'], fault: reset }, 'The fault rule.operation[1] must be one of'],
    ['POST', 'faults', { partNumer: 1, fault: reset }, 'The fault rule has no field "partNumer"; it has operation, partNumber'],
    ['POST', 'faults', { times: 0, fault: reset }, 'The fault rule.times must be an integer of at least 1, not 0.'],
    ['POST', 'faults', { probability: 7, fault: reset }, 'The fault rule.probability must be a number from 0 to 1, not 7.'],
    ['POST', 'faults', { fault: { kind: 'explode' } }, 'The fault rule.fault.kind must be one of status, raw'],
    ['POST', 'faults', { fault: { kind: 'status' } }, 'The fault rule.fault needs status.'],
    ['POST', 'faults', { fault: { kind: 'status', status: '503' } }, 'fault.status must be an integer from 200 to 599, not "503".'],
    ['POST', 'faults', { fault: { kind: 'delay' } }, 'needs milliseconds or afterMilliseconds'],
    ['POST', 'faults', { fault: { kind: 'stall', after: 1 } }, 'The fault rule.fault has no field "after"'],
    [
      'POST',
      'faults',
      { fault: { kind: 'response-headers', set: { a: 1 } } },
      'fault.set.a must be a text without line breaks or other control characters, not 1.',
    ],
    [
      'POST',
      'faults',
      { fault: { kind: 'status', status: 500, headers: { 'bad header': 'x' } } },
      'fault.headers must be the name of a header',
    ],
    ['POST', 'faults', { fault: { kind: 'status', status: 500, ec: 'a\nb' } }, 'fault.ec must be a text without line breaks'],
    ['POST', 'faults', { fault: { kind: 'status', status: 500, extra: { 'a b': '' } } }, 'must be the name of an XML element, not "a b".'],
    ['POST', 'faults', { fault: { kind: 'raw', status: 1000, body: '' } }, 'fault.status must be an integer from 200 to 999, not 1000.'],
    [
      'POST',
      'faults',
      { fault: { kind: 'raw', status: 200, body: '', headers: { a: 'x\r\ny' } } },
      'fault.headers.a must be a text without',
    ],
    [
      'POST',
      'faults',
      { fault: { kind: 'raw', status: 200, body: '', contentType: '\u0000' } },
      'fault.contentType must be a text without',
    ],
    ['POST', 'faults', { fault: { kind: 'response-headers', set: { ':status': '1' } } }, 'fault.set must be the name of a header'],
    ['POST', 'faults', { fault: { kind: 'response-headers', set: { 'Transfer-Encoding': 'chunked' } } }, 'not "Transfer-Encoding".'],
    ['PUT', 'callbacks', { status: 200, contentType: 'a\nb' }, 'The callback reply.contentType must be a text without line breaks'],
    ['PUT', 'cors', { rules: 'x' }, 'The CORS rules must be a list, not "x".'],
    ['PUT', 'cors', { cors: [] }, 'The body has no field "cors"; it has rules, bucket.'],
    ['PUT', 'cors', { rules: null, bukcet: 'demo-bucket' }, 'The body has no field "bukcet"'],
    ['PUT', 'cors', {}, 'The CORS rules must be a list, not nothing.'],
    ['PUT', 'cors', null, 'The body must be an object, not null.'],
    ['PUT', 'cors', { rules: [{ allowedOrigins: '*', allowedMethods: [] }] }, 'The CORS rules[0].allowedOrigins must be a list'],
    ['PUT', 'cors', { rules: [{ allowedOrigins: ['*'], allowedMethods: ['put'] }] }, 'allowedMethods[0] must be one of GET, PUT'],
    ['PUT', 'cors', { rules: null, bucket: 'other' }, 'There is no bucket other; there are demo-bucket.'],
    ['PUT', 'cors', { rules: [{ allowedOrigins: [], allowedMethods: ['PUT'] }] }, 'allowedOrigins must not be empty.'],
    ['PUT', 'cors', { rules: [{ allowedOrigins: ['*'], allowedMethods: [] }] }, 'allowedMethods must not be empty.'],
    ['PUT', 'cors', { rules: [{ allowedOrigins: ['*.a.*'], allowedMethods: ['PUT'] }] }, 'must be a text with at most one *, not "*.a.*".'],
    ['PUT', 'cors', { rules: [{ ...OPEN, allowedHeaders: ['x-*-*'] }] }, 'must be a text with at most one *, not "x-*-*".'],
    ['PUT', 'cors', { rules: [{ ...OPEN, exposeHeaders: ['*'] }] }, 'must be the name of a header, without a *, not "*".'],
    ['PUT', 'cors', { rules: Array(11).fill(OPEN) }, 'The CORS rules must be at most 10.'],
    ['PUT', 'rules', { cnames: { 'http://img.test': 'demo-bucket' } }, '"http://img.test" must be a host name such as img.example.com'],
    ['PUT', 'rules', { cnames: { 'img.test': 'nope' } }, 'The custom domain img.test names the bucket nope, which is none of demo-bucket.'],
    ['PUT', 'link', { bytesPerSecond: -1 }, 'The link.bytesPerSecond must be a number from 1'],
    ['PUT', 'link', { online: false }, 'The link has no field "online"'],
    ['PUT', 'rules', { forbidPublicEndpoint: 'yes' }, 'The rules.forbidPublicEndpoint must be true or false, not "yes".'],
    ['PUT', 'rules', { versioning: 'On' }, 'The rules.versioning must be one of Off, Enabled, Suspended, not "On".'],
    ['PUT', 'clock', { offset: 1 }, 'The body has no field "offset"; it has offsetMilliseconds.'],
    ['PUT', 'clock', {}, 'offsetMilliseconds must be a number from -3150000000000 to 3150000000000, not nothing.'],
    ['PUT', 'clock', null, 'The body must be an object, not null.'],
    ['PUT', 'clock', 5, 'The body must be an object, not 5.'],
    ['PUT', 'clock', { offsetMilliseconds: 1e300 }, 'offsetMilliseconds must be a number from'],
    ['PUT', 'tokens', { seconds: 0 }, 'seconds must be a number from 1'],
    ['PUT', 'tokens', null, 'The body must be an object, not null.'],
    ['PUT', 'link', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'The link must be an object, not such a list.'],
    ['POST', 'faults', { partNumber: 1, operation: 'PutObject', fault: reset }, 'could never strike: PutObject has no partNumber.'],
    ['POST', 'faults', { key: 'k', operation: ['ListObjects'], fault: reset }, 'could never strike: ListObjects has no key.'],
    ['POST', 'faults', { probability: 0, fault: reset }, 'must be above 0: the fault could never strike.'],
    ['POST', 'reset', { data: 'yes' }, 'The reset.data must be true or false, not "yes".'],
    ['POST', 'reset', { date: true }, 'The body has no field "date"; it has data.'],
    ['POST', 'reset?data=1', {}, 'data must be one of true, false, not "1".'],
    ['POST', 'reset?data', {}, 'data must be one of true, false, not "".'],
    ['POST', 'reset?date=true', {}, 'There is no parameter "date" here; there is data.'],
    ['DELETE', 'faults/', {}, 'There is no fault "".'],
    ['DELETE', 'faults/nope', {}, 'There is no fault "nope".'],
    ['DELETE', 'faults/%ff', {}, 'The path is not valid UTF-8.'],
    ['DELETE', 'faults', { id: 'fault-1' }, 'DELETE /_control/faults takes no body.'],
    ['PUT', 'callbacks', { status: 9 }, 'The callback reply.status must be'],
  ])('%s %s %j', async (method, path, body, error) => {
    const before = [oss.control.cors(), oss.control.link(), oss.control.rules()];
    expect(await send(method, path, body)).toEqual([400, expect.stringContaining(error)]);
    expect([oss.control.faults(), oss.control.cors(), oss.control.link(), oss.control.rules()]).toEqual([[], ...before]);
  });

  test('the number of entries of the log must be one', async () => {
    const reply = await ask('/_control/log?last=x');
    expect([reply.status, await reply.json()]).toEqual([400, { error: 'last must be an integer of at least 1.' }]);
  });

  test('a body of 300 MiB: it is neither read to its end nor kept', async () => {
    const before = process.memoryUsage().rss;
    const block = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        at('/_control/faults'),
        { method: 'POST', headers: { 'Content-Length': 300 * block.length } },
        (response) => {
          resolve(response.statusCode ?? 0);
          request.destroy();
        },
      );
      request.on('error', reject);
      const more = (): void => {
        if (!request.destroyed && sent++ < 300) request.write(block, () => setTimeout(more, 1));
      };
      more();
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(300);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test('a body without a length is cut off above 1 MiB', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    });
    const reply = await ask('/_control/faults', { method: 'POST', body, duplex: 'half' } as RequestInit).catch((error: Error) => error);
    if (reply instanceof Response) expect(reply.status).toBe(413);
    expect((await ask('/_control/health')).status).toBe(200);
  });

  test('in this process as over HTTP', () => {
    expect(() => oss.control.addFault({ operation: 'Uploadpart' as 'UploadPart', fault: { kind: 'reset' } })).toThrow('must be one of');
    expect(() => oss.control.setCors('x' as unknown as null)).toThrow('must be a list');
    expect(() => oss.control.setClock((() => 0) as unknown as number)).toThrow('not a function.');
    expect(() => oss.control.removeFault('nope')).toThrow('There is no fault "nope".');
  });
});
