import { readdirSync, readFileSync } from 'node:fs';
import vm from 'node:vm';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { UploadResult } from '../../src/core/upload-result.js';
import {
  CallbackError,
  CheckpointError,
  CorsError,
  CredentialsError,
  FileChangedError,
  FileUnreadableError,
  IntegrityError,
  isAbortError,
  isCallbackError,
  isCheckpointError,
  isCorsError,
  isCredentialsError,
  isFileChangedError,
  isFileUnreadableError,
  isIntegrityError,
  isNetworkError,
  isOssError,
  isUploadError,
  NetworkError,
  OssError,
  UploadError,
  type UploadErrorCode,
} from '../../src/errors.js';

const ossError = new OssError('AccessDenied', 'message', {
  status: 403,
  operation: 'PutObject',
  key: 'k',
  requestId: 'R',
  ec: 'E',
  hostId: 'H',
});

const family: [string, UploadError][] = [
  ['UploadError', new UploadError('Code', 'message')],
  ['OssError', ossError],
  ['NetworkError', new NetworkError('NetworkError', 'message')],
  ['CredentialsError', new CredentialsError('InvalidCredentials', 'message')],
  ['IntegrityError', new IntegrityError('PartMismatch', 'message')],
  ['FileChangedError', new FileChangedError('FileChanged', 'message')],
  ['FileUnreadableError', new FileUnreadableError('FileUnreadable', 'message')],
  ['CorsError', new CorsError('EtagNotExposed', 'message')],
  ['CheckpointError', new CheckpointError('Checkpoint', 'message')],
  ['CallbackError', new CallbackError('message', { key: 'k' }, {})],
];

describe('the family', () => {
  test.each(family)('%s has its name literally, so that minifying keeps it, and is an UploadError and an Error', (name, error) => {
    expect([error.name, String(error)]).toEqual([name, `${name}: message`]);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toBeInstanceOf(Error);
    expect(isUploadError(error)).toBe(true);
  });

  test('keeps code, key, part, cause; without a cause there is none', () => {
    const cause = new Error('underneath');
    const error = new UploadError('Code', 'message', { key: 'k', partNumber: 3, cause });
    expect(error).toMatchObject({ code: 'Code', key: 'k', partNumber: 3, cause });
    expect(new UploadError('Code', 'message')).not.toHaveProperty('cause');
  });

  test('is resumable unless it says otherwise; a failed callback never is: the object exists', () => {
    expect(new UploadError('Code', 'message').resumable).toBe(true);
    expect(new UploadError('Code', 'message', { resumable: false }).resumable).toBe(false);
    const error = new CallbackError('message', { key: 'k' }, { key: 'k', requestId: 'R', resumable: true });
    expect(error).toMatchObject({ code: 'CallbackFailed', resumable: false, result: { key: 'k' }, requestId: 'R', key: 'k' });
  });
});

describe('guards', () => {
  const guards: Record<string, (value: unknown) => boolean> = {
    OssError: isOssError,
    NetworkError: isNetworkError,
    CredentialsError: isCredentialsError,
    IntegrityError: isIntegrityError,
    FileChangedError: isFileChangedError,
    FileUnreadableError: isFileUnreadableError,
    CorsError: isCorsError,
    CheckpointError: isCheckpointError,
    CallbackError: isCallbackError,
  };

  test.each(family)('of %s know it, also from another realm, and nothing else', (name, error) => {
    const foreign: unknown = vm.runInNewContext(
      `Object.assign(new Error('m'), { name: '${name}', code: '${error.code}', resumable: true })`,
    );
    for (const value of [error, foreign]) {
      expect(isUploadError(value)).toBe(true);
      const accepting = Object.keys(guards).filter((guarded) => guards[guarded]?.(value));
      expect(accepting).toEqual(name === 'UploadError' ? [] : [name]);
    }
  });

  test('know an error of another copy of the library', () => {
    const foreign = Object.assign(new Error('message'), { name: 'OssError', code: 'AccessDenied', resumable: true });
    expect([isUploadError(foreign), isOssError(foreign)]).toEqual([true, true]);
  });

  test('know an error of another realm', () => {
    const foreign: unknown = vm.runInNewContext(
      "Object.assign(new Error('m'), { name: 'NetworkError', code: 'Stalled', resumable: true })",
    );
    expect(foreign).not.toBeInstanceOf(Error);
    expect([isUploadError(foreign), isOssError(foreign)]).toEqual([true, false]);
    expect(isAbortError(vm.runInNewContext("Object.assign(new Error('m'), { name: 'AbortError' })"))).toBe(true);
  });

  test('tell OSS’s errors from ours, and aborts from failures', () => {
    expect(isOssError(ossError)).toBe(true);
    expect(isOssError(new NetworkError('NetworkError', 'message'))).toBe(false);
    expect(isAbortError(new DOMException('gone', 'AbortError'))).toBe(true);
    expect(isAbortError(new DOMException('late', 'TimeoutError'))).toBe(false);
  });

  test.each([
    undefined,
    null,
    'AbortError',
    7,
    {},
    new Error('plain'),
    { code: 'Code', resumable: true },
    Object.assign(new Error('node'), { code: 'ENOENT' }),
  ])('%s is none of them', (value) => {
    expect([isUploadError(value), isAbortError(value), ...Object.values(guards).map((guard) => guard(value))]).not.toContain(true);
  });
});

describe('codes', () => {
  const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const union = (/export type UploadErrorCode =\n([^;]*);/.exec(read('src/errors.ts'))?.[1] ?? '').match(/\w+/g) ?? [];

  test('are all in the published union: whatever is thrown, and nothing more', () => {
    const rooms = readdirSync(new URL('../../src', import.meta.url), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.startsWith('emulator'),
    );
    const thrown = rooms.flatMap((file) =>
      [...read(`src/${file}`).matchAll(/(?:new \w+Error|super)\(\s*(?:[\w ]+\? )?'(\w+)'(?: : '(\w+)')?,/g)].flatMap(([, code, other]) =>
        other ? [code, other] : [code],
      ),
    );
    expect([...new Set(thrown)].sort()).toEqual([...union].sort());
  });

  test.each(['src/README.md', 'src/README.zh-CN.md'])('are all explained in %s', (page) => {
    const text = read(page);
    expect(union.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });

  test('are suggested by type, and the result of a failed callback is known', () => {
    expectTypeOf<UploadErrorCode>().toExtend<UploadError['code']>();
    expectTypeOf<'AccessDenied'>().toExtend<UploadError['code']>();
    expectTypeOf<OssError['name']>().toEqualTypeOf<'OssError'>();
    expectTypeOf<CallbackError['result']>().toEqualTypeOf<UploadResult>();
  });
});
