import { describe, expect, test } from 'vitest';
import { advance, type BigUpload, type GuideEvent, type GuideFacts, stepOf } from '../../../demo/page/guide-facts.js';

const film: BigUpload = { key: 'uploads/film.bin', name: 'film.bin', size: 100, isMade: false };
const song: BigUpload = { ...film, key: 'uploads/song.bin', name: 'song.bin' };
const { key } = film;

const started = (upload = film, confirmed = 0): GuideEvent => ({ type: 'started', upload, confirmed });
const cut: GuideEvent = { type: 'interrupted', upload: film, by: 'network' };
const left: GuideEvent = { type: 'interrupted', upload: film, by: 'reload' };
const done: GuideEvent = { type: 'done', key, verified: true };

const factsAfter = (...events: GuideEvent[]): GuideFacts => events.reduce(advance, {});
const step = (...events: GuideEvent[]): number => stepOf(factsAfter(...events));

describe('the guide of the demo', () => {
  test('goes from the upload to its interruption to its resumption', () => {
    expect(step()).toBe(1);
    expect(step(started())).toBe(2);
    expect(step(started(), cut)).toBe(3);
    expect(step(started(), cut, { type: 'resumed', key, confirmed: 40 })).toBe(4);
    expect(step(started(), left)).toBe(3);
    expect(step(started(), left, started(film, 40))).toBe(4);
  });

  test('knows what was kept, and how it ended', () => {
    expect(factsAfter(started(), left, started(film, 40), done)).toEqual({
      upload: film,
      interruption: 'reload',
      kept: 40,
      end: 'verified',
    });
    const unverified: GuideEvent = { type: 'done', key, verified: false };
    expect(factsAfter(started(), cut, { type: 'resumed', key, confirmed: 40 }, unverified)).toMatchObject({ kept: 40, end: 'done' });
  });

  test('an upload that ends without an interruption counts for nothing, and the next one is followed', () => {
    expect(factsAfter(started(), done)).toEqual({ upload: film, end: 'too soon' });
    expect(step(started(), done)).toBe(1);
    expect(factsAfter(started(), done, started(song))).toEqual({ upload: song });
  });

  test('a cut before anything was stored doesn’t count', () => {
    expect(factsAfter(started(), cut, { type: 'resumed', key, confirmed: 0 })).toEqual({ upload: film });
  });

  test('an upload that begins anew after the reload is no resumption', () => {
    expect(factsAfter(started(), left, started(film, 0))).toEqual({ upload: film });
  });

  test('a reload after a cut leaves the file to be selected again', () => {
    expect(factsAfter(started(), cut, left)).toEqual({ upload: film, interruption: 'reload' });
  });

  test('an upload of an earlier visit counts, too', () => {
    expect(factsAfter(left)).toEqual({ upload: film, interruption: 'reload' });
    expect(factsAfter(started(film, 40))).toEqual({ upload: film, interruption: 'reload', kept: 40 });
  });

  test('other uploads change nothing while one is followed', () => {
    const others: GuideEvent[] = [
      started(song),
      { type: 'interrupted', upload: song, by: 'network' },
      { type: 'resumed', key: song.key, confirmed: 40 },
      { type: 'done', key: song.key, verified: true },
      { type: 'gone', key: song.key },
    ];
    expect(factsAfter(started(), ...others)).toEqual({ upload: film });
    expect(factsAfter(started(), cut, ...others)).toEqual({ upload: film, interruption: 'network' });
  });

  test('a cancelled upload takes the guide back to its first step', () => {
    expect(factsAfter(started(), cut, { type: 'gone', key })).toEqual({});
  });

  test('once all steps are done, they stay done', () => {
    const facts = factsAfter(started(), left, started(film, 40), done);
    for (const event of [started(song), started(song, 20), cut, { type: 'gone', key } as const, done]) {
      expect(advance(facts, event)).toBe(facts);
    }
  });
});
