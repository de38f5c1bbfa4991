import { expect, test } from 'vitest';
import { readCallback, renderBody } from '../../../src/emulator/callback.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

test('variables are filled in, and unknown ones are empty, also those that every object has', () => {
  const callback = readCallback(
    encode({ callbackUrl: 'http://a/', callbackBody: 'a=${size}&b=${x:b}&c=${x:c}&d=${constructor}&e=${__proto__}' }),
    { 'x:b': 'ü' },
  );
  expect(callback && renderBody({ ...callback, values: { size: 9 } })).toBe('a=9&b=%C3%BC&c=&d=&e=');
});

test('no configuration is no callback, and one that is wrong is refused', () => {
  expect(readCallback(undefined, { 'x:b': '1' })).toBeUndefined();
  expect(readCallback('', {})).toBeUndefined();
  expect(() => readCallback(encode({ callbackUrl: 'ftp://a/', callbackBody: 'x' }), {})).toThrow('no valid callbackUrl');
  expect(() => readCallback(encode({ callbackUrl: 'http://a/', callbackBody: 'x' }), { 'x:Upper': '1' })).toThrow('lower case');
});
