/** A bucket that keeps versions, where a test asks for it. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTestOss } from '../helpers/embedded-oss.js';
import { BOUNDARY, formBody, post, signedFields } from './form.js';
import { oss, serveTests, wire } from './service.js';
import { createWire, type Wire, type WireReply } from './wire.js';

serveTests();

const versionOf = ({ headers }: WireReply): string => String(headers['x-oss-version-id']);
const put = async (key: string, body: string, by: Wire = wire): Promise<string> => versionOf(await by.send('PUT', key, { body }));
const get = async (key: string, versionId: string, by: Wire = wire): Promise<string> =>
  (await by.send('GET', key, { query: { versionId } })).text;

/** Each version as `key id latest?`, markers with a minus. */
async function listed(query: Record<string, string> = {}): Promise<string[]> {
  const { text } = await wire.send('GET', null, { query: { versions: '', ...query } });
  const entries = text.matchAll(/<(Version|DeleteMarker)>\s*<Key>([^<]*)<\/Key>\s*<VersionId>([^<]*)<\/VersionId>\s*<IsLatest>(\w+)</g);
  return [...entries].map(
    ([, kind, key, id, latest]) => `${kind === 'Version' ? '' : '-'}${key} ${id}${latest === 'true' ? ' latest' : ''}`,
  );
}

test('by default there are no versions', async () => {
  expect((await wire.send('PUT', 'a', { body: '1' })).headers['x-oss-version-id']).toBeUndefined();
  expect((await wire.send('GET', 'a', { query: { versionId: 'x' } })).xml('Code')).toBe('NoSuchVersion');
});

describe('enabled', () => {
  test('each Put, Complete and Post makes a version, and the older ones can be read', async () => {
    oss.control.setRules({ versioning: 'Enabled' });
    const first = await put('a', '1');
    const id = await wire.initiate('a');
    const { headers } = await wire.part('a', id, 1, '2');
    const second = versionOf(await wire.complete('a', id, [[1, String(headers.etag)]]));
    const form = formBody([['key', 'a'], ...signedFields(oss.control.assumeRole().Credentials)], { content: '3' });
    const third = String(
      (await post(oss.port, form, { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` })).headers['x-oss-version-id'],
    );
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await Promise.all([first, second, third].map((version) => get('a', version)))).toEqual(['1', '2', '3']);
    const head = await wire.send('HEAD', 'a');
    expect([versionOf(head), (await wire.send('GET', 'a')).text]).toEqual([third, '3']);
    expect(await listed()).toEqual([`a ${third} latest`, `a ${second}`, `a ${first}`]);
    expect(oss.control.objects()).toMatchObject([{ key: 'a', versionId: third }]);
    expect((await wire.send('GET', null)).text.match(/<Contents>/g)).toHaveLength(1);
  });

  test('x-oss-forbid-overwrite counts for nothing', async () => {
    oss.control.setRules({ versioning: 'Enabled' });
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    await put('a', '1');
    expect((await wire.send('PUT', 'a', { body: '2', headers })).status).toBe(200);
    const id = await wire.initiate('a', { headers });
    const part = await wire.part('a', id, 1, '3');
    expect((await wire.complete('a', id, [[1, String(part.headers.etag)]], { headers })).status).toBe(200);
  });

  test('an object from before is the version null', async () => {
    await wire.send('PUT', 'a', { body: 'old' });
    oss.control.setRules({ versioning: 'Enabled' });
    const second = await put('a', 'new');
    expect([await get('a', 'null'), await get('a', second)]).toEqual(['old', 'new']);
  });

  test('Delete puts a marker in the object’s place; deleting the marker brings the object back', async () => {
    oss.control.setRules({ versioning: 'Enabled' });
    const first = await put('a', '1');
    const deleted = await wire.send('DELETE', 'a');
    expect([deleted.status, deleted.headers['x-oss-delete-marker']]).toEqual([204, 'true']);
    const marker = versionOf(deleted);
    const missing = await wire.send('GET', 'a');
    expect([missing.status, missing.xml('Code'), missing.headers['x-oss-delete-marker'], versionOf(missing)]).toEqual([
      404,
      'NoSuchKey',
      'true',
      marker,
    ]);
    expect((await wire.send('GET', 'a', { query: { versionId: marker } })).status).toBe(405);
    expect(await listed()).toEqual([`-a ${marker} latest`, `a ${first}`]);
    expect(oss.control.objects()).toEqual([]);
    const undeleted = await wire.send('DELETE', 'a', { query: { versionId: marker } });
    expect([undeleted.headers['x-oss-delete-marker'], versionOf(undeleted)]).toEqual(['true', marker]);
    expect((await wire.send('GET', 'a')).text).toBe('1');
    expect(await listed()).toEqual([`a ${first} latest`]);
  });

  test('deleting the latest version for ever brings the one before back', async () => {
    oss.control.setRules({ versioning: 'Enabled' });
    const first = await put('a', '1');
    const second = await put('a', '2');
    expect((await wire.send('DELETE', 'a', { query: { versionId: second } })).status).toBe(204);
    expect((await wire.send('GET', 'a')).text).toBe('1');
    await wire.send('DELETE', 'a', { query: { versionId: first } });
    expect((await wire.send('GET', 'a')).status).toBe(404);
    expect(await listed()).toEqual([]);
  });

  test('versions are listed page by page', async () => {
    oss.control.setRules({ versioning: 'Enabled' });
    for (const [key, body] of ['a1', 'b1', 'b2', 'b3', 'c1']) await put(key as string, body as string);
    const all = await listed();
    expect(all).toHaveLength(5);
    const seen: string[] = [];
    for (let marker: Record<string, string> = {}; ; ) {
      const query = { 'max-keys': '2', ...marker };
      seen.push(...(await listed(query)));
      const page = await wire.send('GET', null, { query: { versions: '', ...query } });
      if (page.xml('IsTruncated') === 'false') break;
      marker = { 'key-marker': page.xml('NextKeyMarker') ?? '', 'version-id-marker': page.xml('NextVersionIdMarker') ?? '' };
    }
    expect(seen).toEqual(all);
    expect(await listed({ prefix: 'b' })).toHaveLength(3);
    expect(await listed({ 'key-marker': 'b' })).toEqual(all.slice(4));
  });

  test('reading a version needs oss:GetObjectVersion, and a public object’s older versions aren’t public', async () => {
    oss.control.setRules({ versioning: 'Enabled' });
    const first = await put('a', 'private');
    await wire.send('PUT', 'a', { body: 'public', headers: { 'x-oss-object-acl': 'public-read' } });
    expect((await wire.send('GET', 'a', { sign: false })).text).toBe('public');
    expect((await wire.send('GET', 'a', { sign: false, query: { versionId: first } })).status).toBe(403);
    const reader = createWire(
      oss,
      oss.control.assumeRole(600, { Version: '1', Statement: [{ Effect: 'Allow', Action: 'oss:GetObject', Resource: '*' }] }).Credentials,
    );
    expect((await reader.send('GET', 'a')).text).toBe('public');
    expect((await reader.send('GET', 'a', { query: { versionId: first } })).xml('EC')).toBe('0003-00000301');
    reader.close();
  });

  test('versions and markers survive a restart', async () => {
    const before = await startTestOss({ versioning: 'Enabled' });
    const writer = createWire(before);
    const first = await put('a', '1', writer);
    await put('a', '2', writer);
    const gone = await put('b', '3', writer);
    await writer.send('DELETE', 'b');
    writer.close();
    const after = await before.restart();
    const reader = createWire(after);
    expect([await get('a', first, reader), (await reader.send('GET', 'a')).text, await get('b', gone, reader)]).toEqual(['1', '2', '3']);
    expect((await reader.send('GET', 'b')).headers['x-oss-delete-marker']).toBe('true');
    reader.close();
    await after.cleanup();
  });

  test('a server that was killed while it replaced an object loses no version', async () => {
    const before = await startTestOss({ versioning: 'Enabled' });
    const writer = createWire(before);
    await put('a', '1', writer);
    const second = await put('a', '2', writer);
    writer.close();
    // The object is already among the older versions, and the new one isn't there yet.
    const manifest = (key: string): string =>
      join(before.dataDir, 'buckets/demo-bucket/objects', `${createHash('sha256').update(key).digest('hex')}.json`);
    const shelved = `/versions/${second}/a`;
    await writeFile(manifest(shelved), JSON.stringify({ ...JSON.parse(await readFile(manifest('a'), 'utf8')), key: shelved }));
    const after = await before.restart();
    const reader = createWire(after);
    expect((await reader.send('GET', 'a')).text).toBe('2');
    await reader.send('DELETE', 'a', { query: { versionId: second } });
    expect((await reader.send('GET', 'a')).text).toBe('1');
    reader.close();
    await after.cleanup();
  });
});

test('off again, a new object is the latest, replaces the version null, and leaves no latest when it is deleted', async () => {
  oss.control.setRules({ versioning: 'Suspended' });
  await put('a', 'null');
  oss.control.setRules({ versioning: 'Enabled' });
  const first = await put('a', '1');
  await put('a', 'lost when it is overwritten');
  oss.control.setRules({ versioning: 'Off' });
  await put('a', 'off');
  expect(await listed()).toEqual(['a null latest', `a ${first}`]);
  expect(await get('a', 'null')).toBe('off');
  oss.control.setRules({ versioning: 'Enabled' });
  const last = await put('a', '2');
  expect(await listed()).toEqual([`a ${last} latest`, 'a null', `a ${first}`]);
  oss.control.setRules({ versioning: 'Off' });
  await wire.send('DELETE', 'a');
  expect(await listed()).toEqual(['a null', `a ${first}`]);
});

test('suspended, a Put replaces the version null only, and Delete marks it', async () => {
  oss.control.setRules({ versioning: 'Enabled' });
  const first = await put('a', '1');
  oss.control.setRules({ versioning: 'Suspended' });
  expect([await put('a', '2'), await put('a', '3')]).toEqual(['null', 'null']);
  expect([await get('a', 'null'), await get('a', first)]).toEqual(['3', '1']);
  expect(await listed()).toEqual(['a null latest', `a ${first}`]);
  expect(versionOf(await wire.send('DELETE', 'a'))).toBe('null');
  expect(await listed()).toEqual(['-a null latest', `a ${first}`]);
  expect(await put('a', '4')).toBe('null');
  expect(await listed()).toEqual(['a null latest', `a ${first}`]);
});
