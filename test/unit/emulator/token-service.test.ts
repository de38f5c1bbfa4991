/** The tokens that the emulator issues: how long they live, and what a restart remembers. */
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TokenService } from '../../../src/emulator/token-service.js';
import { findKey } from '../../../src/emulator/verify-v4.js';

const HOUR = 3_600_000;
let folder: string;
let file: string;
let now: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  file = join(folder, 'data', 'tokens.json');
  now = Date.parse('2026-11-22T08:00:00Z');
});
afterEach(() => rm(folder, { recursive: true }));

const start = (): TokenService => new TokenService(file, [], 3600, () => now);

/** What a request with these credentials meets. */
function verdict(tokens: TokenService, { AccessKeyId, SecurityToken }: { AccessKeyId: string; SecurityToken: string }): string {
  try {
    findKey({ accessKeyId: AccessKeyId, securityToken: SecurityToken }, { keys: tokens, now });
    return 'valid';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('a token is refused as expired however long ago it ended, and is valid again when the clock is set back', () => {
  const tokens = start();
  const { Credentials } = tokens.issue(900);
  now += 1000 * HOUR;
  tokens.issue();
  expect([verdict(tokens, Credentials), verdict(start(), Credentials)]).toEqual(['SecurityTokenExpired', 'SecurityTokenExpired']);
  now -= 1000 * HOUR;
  expect([verdict(tokens, Credentials), verdict(start(), Credentials)]).toEqual(['valid', 'valid']);
});

test('tokens that were ended stay so, whatever the clock says later and after a restart; new ones are valid', () => {
  const tokens = start();
  const { Credentials } = tokens.issue(7200);
  now += HOUR;
  tokens.expireAll();
  now -= 2 * HOUR;
  const later = tokens.issue().Credentials;
  for (const each of [tokens, start(), start()]) {
    expect([verdict(each, Credentials), verdict(each, later)]).toEqual(['SecurityTokenExpired', 'valid']);
  }
});

test('a new token adds one line to the file, whatever is in it', async () => {
  const tokens = start();
  tokens.issue();
  const before = await readFile(file, 'utf8');
  for (let count = 0; count < 100; count++) tokens.issue();
  const after = await readFile(file, 'utf8');
  expect(after.startsWith(before)).toBe(true);
  expect(after.split('\n')).toHaveLength(102);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

test('a line that was cut off loses its own token only, and the next one is kept', async () => {
  const first = start().issue().Credentials;
  await appendFile(file, '{"accessKeyId":"STS.');
  const second = start().issue().Credentials;
  const restarted = start();
  expect([verdict(restarted, first), verdict(restarted, second)]).toEqual(['valid', 'valid']);
});

test('the list that earlier versions wrote is read', async () => {
  const { Credentials } = start().issue();
  const key = (await readFile(file, 'utf8')).trim();
  await writeFile(file, `[${key}]`);
  const tokens = start();
  tokens.issue();
  expect([verdict(tokens, Credentials), verdict(start(), Credentials)]).toEqual(['valid', 'valid']);
});
