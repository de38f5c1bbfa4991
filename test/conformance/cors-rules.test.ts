/** CORS rules of the embedded OSS. */
import { expect, test } from 'vitest';
import { oss, serveTests, wire } from './service.js';

serveTests();

const APP = 'https://app.example.com';
const RULE = {
  allowedOrigins: [APP, 'https://*.test.example'],
  allowedMethods: ['PUT', 'GET'],
  allowedHeaders: ['authorization', 'x-oss-*'],
  exposeHeaders: ['ETag', 'x-oss-request-id'],
  maxAgeSeconds: 60,
};
const accessControl = (headers: object): string[] => Object.keys(headers).filter((name) => name.startsWith('access-control-'));
const ask = (origin: string, method: string, headers?: string) => ({
  sign: false,
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': method,
    ...(headers === undefined ? {} : { 'Access-Control-Request-Headers': headers }),
  },
});

test('a preflight that matches needs no signature and echoes the requested headers', async () => {
  oss.control.setCors([RULE]);
  const reply = await wire.send('OPTIONS', 'k', ask(APP, 'PUT', 'authorization,x-oss-date'));
  expect([reply.status, reply.text]).toEqual([200, '']);
  expect(reply.headers).toMatchObject({
    'access-control-allow-origin': APP,
    'access-control-allow-methods': 'PUT, GET',
    'access-control-allow-headers': 'authorization, x-oss-date',
    'access-control-expose-headers': 'ETag, x-oss-request-id',
    'access-control-max-age': '60',
    vary: 'Origin',
  });
  expect(oss.control.log()).toMatchObject([{ operation: 'Preflight', method: 'OPTIONS', status: 200, origin: APP }]);
});

test.each([
  ['another origin', 'https://evil.example', 'PUT', 'authorization'],
  ['another method', APP, 'DELETE', 'authorization'],
  ['another header', APP, 'PUT', 'authorization,content-type'],
  ['a suffix of a wildcard origin', 'https://test.example', 'PUT', 'authorization'],
])('a preflight with %s is 403 AccessForbidden without any Access-Control header', async (_, origin, method, headers) => {
  oss.control.setCors([RULE]);
  const reply = await wire.send('OPTIONS', 'k', ask(origin, method, headers));
  expect([reply.status, reply.xml('Code'), accessControl(reply.headers)]).toEqual([403, 'AccessForbidden', []]);
});

test('one * of an origin matches anything in its place', async () => {
  oss.control.setCors([RULE]);
  const reply = await wire.send('OPTIONS', 'k', ask('https://a.test.example', 'GET'));
  expect(reply.headers['access-control-allow-origin']).toBe('https://a.test.example');
});

test('a preflight without origin or method is 400 BadRequest', async () => {
  const noOrigin = await wire.send('OPTIONS', 'k', { sign: false, headers: { 'Access-Control-Request-Method': 'PUT' } });
  const noMethod = await wire.send('OPTIONS', 'k', { sign: false, headers: { Origin: APP } });
  expect([noOrigin.xml('Message'), noMethod.xml('Code')]).toEqual([
    'Insufficient information. Origin request header needed.',
    'BadRequest',
  ]);
});

test('with CORS off every preflight is refused', async () => {
  oss.control.setCors(null);
  expect((await wire.send('OPTIONS', 'k', ask(APP, 'PUT'))).status).toBe(403);
});

test('an actual request that matches no rule is executed, without the headers', async () => {
  oss.control.setCors([RULE]);
  const foreign = await wire.send('PUT', 'k', { body: 'x', headers: { Origin: 'https://evil.example' } });
  expect([foreign.status, accessControl(foreign.headers)]).toEqual([200, []]);
  expect(oss.control.objects()).toHaveLength(1);
  const own = await wire.send('PUT', 'k', { body: 'x', headers: { Origin: APP } });
  expect(own.headers['access-control-allow-origin']).toBe(APP);
});

test('errors of a matching request have the headers, so that a page can read them', async () => {
  const reply = await wire.send('GET', 'missing', { headers: { Origin: APP } });
  expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([404, '*']);
  expect(reply.headers['access-control-expose-headers']).toContain('x-oss-hash-crc64ecma');
  const unsigned = await wire.send('GET', 'missing', { sign: false, headers: { Origin: APP } });
  expect([unsigned.status, unsigned.headers['access-control-allow-origin']]).toEqual([403, '*']);
});

test('rules belong to a bucket and can change at run time', async () => {
  oss.control.setCors([{ ...RULE, exposeHeaders: [] }], 'demo-bucket');
  const reply = await wire.send('PUT', 'k', { body: 'x', headers: { Origin: APP } });
  expect(reply.headers['access-control-expose-headers']).toBeUndefined();
});
