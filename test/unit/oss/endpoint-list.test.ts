import { expect, test } from 'vitest';
import { createEndpointList } from '../../../src/oss/endpoint-list.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const list = (...names: string[]) =>
  createEndpointList(
    names.map((name) => ({ origin: `https://${name}.example`, addressing: 'cname' as const })),
    'examplebucket',
    new ManualClock(),
  );
const name = (endpoints: ReturnType<typeof list>): string => new URL(endpoints.current().origin).hostname.split('.')[0] as string;

test('the first one is used until it is left, and what follows it then', () => {
  const endpoints = list('a', 'b', 'c');
  expect(name(endpoints)).toBe('a');
  expect(endpoints.leave(endpoints.current(), false)).toBe(true);
  expect(name(endpoints)).toBe('b');
});

test('silent ones come round again, those that refuse don’t', () => {
  const endpoints = list('a', 'b', 'c');
  const visited = [name(endpoints)];
  endpoints.leave(endpoints.current(), true);
  for (let move = 0; move < 4; move += 1) {
    visited.push(name(endpoints));
    endpoints.leave(endpoints.current(), false);
  }
  expect(visited).toEqual(['a', 'b', 'c', 'b', 'c']);
});

test('of several requests that leave one endpoint, the first moves all', () => {
  const endpoints = list('a', 'b', 'c');
  const left = endpoints.current();
  for (let request = 0; request < 6; request += 1) expect(endpoints.leave(left, false)).toBe(true);
  expect(name(endpoints)).toBe('b');
});

test('a single one, or the last that doesn’t refuse, stays', () => {
  const single = list('a');
  expect(single.leave(single.current(), false)).toBe(false);
  expect(single.leave(single.current(), true)).toBe(false);
  expect(name(single)).toBe('a');
  const two = list('a', 'b');
  two.leave(two.current(), true);
  expect(two.leave(two.current(), true)).toBe(false);
  expect(name(two)).toBe('b');
});
