import { describe, expect, test } from 'vitest';
import { CredentialsError, FileChangedError, NetworkError, OssError, type UploadError } from '../../../src/errors.js';
import type { Attempt, FailedAttempt } from '../../../src/oss/attempt.js';
import { createEndpointList } from '../../../src/oss/endpoint-list.js';
import { initiateUpload, putObject, type Stored } from '../../../src/oss/object-operations.js';
import type { Operation, Reply } from '../../../src/oss/operation.js';
import { preferForms } from '../../../src/oss/prefer-forms.js';
import { createWaits } from '../../../src/oss/waits.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { KiB, MiB } from '../../helpers/sizes.js';

const CRC = { 'x-oss-request-id': 'R', 'x-oss-hash-crc64ecma': '7' };
const refusal = (status: number, code: string): UploadError => new OssError(code, code, { operation: 'PostObject', status });
const silence = new NetworkError('NetworkError', 'broken', {});

type Answer = UploadError | { thrown: Error } | Record<string, string>;

/** Forms get these answers, one after the other and the last for good; what PutObject gets is fine, unless said otherwise. */
function setup({ forms = [CRC], puts = [CRC], isOnline = true }: { forms?: Answer[]; puts?: Answer[]; isOnline?: boolean } = {}) {
  const log: string[] = [];
  const endpoints = createEndpointList(
    [{ origin: 'https://oss-cn-hangzhou.aliyuncs.com', addressing: 'virtual-host' }],
    'b',
    new ManualClock(),
  );
  const network = { isOnline: () => isOnline, subscribe: () => () => {} };
  const attempt: Attempt = async (operation) => {
    log.push(operation.operation);
    const answers = operation.operation === 'PostObject' ? forms : puts;
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next && 'thrown' in next) throw next.thrown;
    if (next instanceof Error) return { error: next, metOffline: false } as unknown as FailedAttempt;
    const reply: Reply = {
      key: operation.key,
      hasCallback: false,
      status: 200,
      headers: new Headers(next as Record<string, string>),
      body: '',
    };
    const answer = operation.read(reply, endpoints);
    return answer === undefined ? ({ error: new NetworkError('UnreadableAnswer', 'odd', {}) } as unknown as FailedAttempt) : { answer };
  };
  const context = { signal: new AbortController().signal, onWait: () => () => {} };
  const preferring = preferForms(attempt, endpoints, network);
  const send = (operation: Operation<unknown>) => preferring(operation, context, createWaits(context), 0);
  return { log, send, endpoints };
}

const file = (headers: Record<string, string> = {}, key = 'a.txt', size = 3): Operation<Stored> =>
  putObject(key, new Uint8Array(size), { 'content-type': 'text/plain', ...headers });

describe('what is sent as a form', () => {
  test.each<[string, Operation<unknown>]>([
    ['a small file', file()],
    ['an empty file', file({}, 'empty', 0)],
    ['a file of 1 MiB', file({}, 'a', 1 * MiB)],
    [
      'metadata, class, ACL and encryption',
      file({ 'x-oss-meta-a': 'b', 'x-oss-storage-class': 'IA', 'x-oss-object-acl': 'private', 'x-oss-server-side-encryption': 'AES256' }),
    ],
    ['a key in Chinese', file({}, '照片/春天.jpg')],
  ])('%s', async (_, operation) => {
    const { log, send } = setup();
    await send(operation);
    expect(log).toEqual(['PostObject']);
  });

  test.each<[string, Operation<unknown>]>([
    ['a file above 1 MiB', file({}, 'a', 1 * MiB + 1)],
    ['tags', file({ 'x-oss-tagging': 'a=b' })],
    ['Content-MD5', file({ 'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==' })],
    ['a requester who pays', file({ 'x-oss-request-payer': 'requester' })],
    ['a type in upper case, which browsers write in lower case', file({ 'content-type': 'text/plain; charset=UTF-8' })],
    ['a key with a line break, which browsers rewrite', file({}, 'a\nb')],
    ['a key that OSS would fill in', file({}, 'a/${filename}')],
    ['a value with a dollar sign', file({ 'x-oss-meta-price': '$1' })],
    ['a callback, while nobody knows whether the answer can be read', file({ 'x-oss-callback': 'e30=' })],
    ['what may not overwrite, while nobody knows that: it would be in its own way', file({ 'x-oss-forbid-overwrite': 'true' })],
  ])('not %s', async (_, operation) => {
    const { log, send } = setup();
    await send(operation);
    expect(log).toEqual(['PutObject']);
  });

  test('not another operation', async () => {
    const { log, send } = setup();
    await send(initiateUpload('a', 9, { 'content-type': 'text/plain' }));
    expect(log).toEqual(['InitiateMultipartUpload']);
  });

  test('a callback, and what may not overwrite, once a form was taken', async () => {
    const { log, send } = setup();
    await send(file());
    await send(file({ 'x-oss-callback': 'e30=' }));
    await send(file({ 'x-oss-forbid-overwrite': 'true' }));
    expect(log).toEqual(['PostObject', 'PostObject', 'PostObject']);
  });

  test('not a file that takes this line more than two seconds: a form shows no progress', async () => {
    const { log, send, endpoints } = setup();
    endpoints.current().line.duration = (size) => size / 10;
    await send(file({}, 'fast', 20 * KiB - 480));
    await send(file({}, 'slow', 21 * KiB));
    expect(log).toEqual(['PostObject', 'PutObject']);
  });
});

describe('where forms are refused, PutObject is sent at once, and from then on', () => {
  test.each<[string, Answer]>([
    ['404 of a gateway', refusal(404, 'HTTP404')],
    ['405', refusal(405, 'MethodNotAllowed')],
    ['501', refusal(501, 'NotImplemented')],
    ['an expired policy: the clock is years off', refusal(403, 'AccessDenied')],
    ['no answer that CORS lets through', silence],
    ['no CRC-64', { 'x-oss-request-id': 'R' }],
    ['a login page', {}],
    ['a signer that refuses', { thrown: new CredentialsError('SignerRefused', 'no') }],
    ['a signer that returns headers', { thrown: new CredentialsError('InvalidSignatures', 'no fields') }],
  ])('%s', async (_, answer) => {
    const { log, send } = setup({ forms: [answer] });
    expect(await send(file())).toHaveProperty('answer');
    await send(file());
    expect(log).toEqual(['PostObject', 'PutObject', 'PutObject']);
  });

  test('its own refusal counts, not that of the form', async () => {
    const denied = refusal(403, 'Denied by PutObject');
    const { send } = setup({ forms: [refusal(403, 'AccessDenied')], puts: [denied] });
    expect(await send(file())).toMatchObject({ error: denied });
  });
});

describe('what says nothing about forms', () => {
  test.each<[string, UploadError]>([
    ['503', refusal(503, 'ServiceUnavailable')],
    ['an expired token', refusal(403, 'SecurityTokenExpired')],
    ['FileAlreadyExists', refusal(409, 'FileAlreadyExists')],
    ['a changed file', new FileChangedError('FileChanged', 'changed', {})],
  ])('%s ends the attempt, and the next one is a form', async (_, error) => {
    const { log, send } = setup({ forms: [error, CRC] });
    const operation = file();
    expect(await send(operation)).toMatchObject({ error });
    await send(operation);
    expect(log).toEqual(['PostObject', 'PostObject']);
  });

  test('silence while offline', async () => {
    const { log, send } = setup({ forms: [silence], isOnline: false });
    expect(await send(file())).toMatchObject({ error: silence });
    expect(log).toEqual(['PostObject']);
  });

  test('silence that PutObject meets as well: other files are still tried as forms', async () => {
    const { log, send } = setup({ forms: [silence, CRC], puts: [silence, CRC] });
    const operation = file();
    await send(operation);
    await send(operation);
    await send(file());
    expect(log).toEqual(['PostObject', 'PutObject', 'PutObject', 'PostObject']);
  });

  test('silence once forms were taken: this file is repeated as a PutObject, which shows progress', async () => {
    const { log, send } = setup({ forms: [CRC, silence, CRC] });
    await send(file());
    await send(file());
    await send(file());
    expect(log).toEqual(['PostObject', 'PostObject', 'PutObject', 'PostObject']);
  });

  test.each(['InvalidCredentials', 'ProviderFailed'])('%s: nobody is asked twice', async (code) => {
    const thrown = new CredentialsError(code, 'no');
    const { log, send } = setup({ forms: [{ thrown }] });
    await expect(send(file())).rejects.toBe(thrown);
    expect(log).toEqual(['PostObject']);
  });
});
