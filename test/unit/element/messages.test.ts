import { describe, expect, it } from 'vitest';
import { addMessages, textFor } from '../../../src/element/languages.js';
import de from '../../../src/element/locales/de.js';
import en from '../../../src/element/locales/en.js';
import es from '../../../src/element/locales/es.js';
import fr from '../../../src/element/locales/fr.js';
import ja from '../../../src/element/locales/ja.js';
import ko from '../../../src/element/locales/ko.js';
import ptBR from '../../../src/element/locales/pt-BR.js';
import zhCN from '../../../src/element/locales/zh-CN.js';
import zhTW from '../../../src/element/locales/zh-TW.js';
import { createText, type Messages, type Plural } from '../../../src/element/messages.js';

const LOCALES: Messages[] = [de, en, es, fr, ja, ko, ptBR, zhCN, zhTW];

const wordsIn = (text: Plural): string[] => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();

describe.each(LOCALES.map((messages) => [messages.language, messages] as const))('the texts in %s', (_language, messages) => {
  it('are complete, and none is empty', () => {
    expect(Object.keys(messages)).toEqual(Object.keys(en));
    expect(
      Object.values(messages)
        .flatMap((text) => (typeof text === 'string' ? text : Object.values(text)))
        .filter((text) => !text),
    ).toEqual([]);
  });

  it('replace no words that the English ones don’t have', () => {
    const names = Object.keys(en) as (keyof Messages)[];
    expect(names.filter((name) => wordsIn(messages[name]).some((word) => !wordsIn(en[name]).includes(word)))).toEqual([]);
  });

  it('have only plural forms that the language has', () => {
    const known = new Intl.PluralRules(messages.language).resolvedOptions().pluralCategories as string[];
    const forms = Object.values(messages).flatMap((text) => (typeof text === 'string' ? [] : Object.keys(text)));
    expect(forms.filter((form) => form !== 'other' && !known.includes(form))).toEqual([]);
  });
});

describe('figures', () => {
  const text = createText(en);

  it('sizes have three digits, and 1,024 bytes to a kilobyte', () => {
    expect([0, 999, 1000, 1536, 5 * 1024 ** 3, 123_456_789].map(text.size)).toEqual(['0B', '999B', '0.977 kB', '1.5 kB', '5 GB', '118 MB']);
  });

  it('times have one or two units, rounded up to seconds first: 3,599.2 s is an hour', () => {
    const seconds = [0.2, 59, 59.5, 60, 61, 3599, 3599.2, 3600, 5400, 86_399.5, 90_000];
    expect(seconds.map((time) => text.time(1000 * time))).toEqual([
      '1 sec',
      '59 sec',
      '1 min',
      '1 min',
      '1 min 1 sec',
      '59 min 59 sec',
      '1 hr',
      '1 hr',
      '1 hr 30 min',
      '1 day',
      '1 day 1 hr',
    ]);
  });

  it('shares are rounded down: 100 % is a promise', () => {
    expect([0, 0.5, 0.999, 1].map(text.percent)).toEqual(['0%', '50%', '99%', '100%']);
  });

  it('numbers in texts are written as in the language', () => {
    expect(text('progress', { done: 1234, total: 5000 })).toBe('1,234 of 5,000 done');
    expect(createText(de)('progress', { done: 1234, total: 5000 })).toContain('1.234');
  });

  it('a number chooses the plural form', () => {
    expect(text('allDone', { count: 1 })).toBe('1 file uploaded');
    expect(text('allDone', { count: 2 })).toBe('All 2 files uploaded');
  });
});

describe('the language of an element', () => {
  it('is English where it isn’t known, and Chinese for each tag of simplified Chinese', () => {
    expect(['en-GB', 'xx', 'not a tag', 'zh', 'zh-CN', 'zh-Hans-SG'].map((tag) => textFor(tag, {}).language)).toEqual([
      'en',
      'en',
      'en',
      'zh-CN',
      'zh-CN',
      'zh-CN',
    ]);
  });

  it('is also found by tags of older forms', () => {
    expect(['zh_CN', 'zh-cmn-Hans', 'zh-cmn-Hans-CN', 'zh_Hans_CN', 'cmn-Hans'].map((tag) => textFor(tag, {}).language)).toEqual(
      Array(5).fill('zh-CN'),
    );
    expect(textFor('en_GB', {}).language).toBe('en');
  });

  it('is found by its script, then by the language alone, once it was added', () => {
    expect(textFor('zh-HK', {}).language).toBe('zh-CN');
    addMessages(zhTW, ptBR);
    expect(['zh-HK', 'zh-Hant', 'zh-CN', 'pt', 'pt-PT'].map((tag) => textFor(tag, {}).language)).toEqual([
      'zh-TW',
      'zh-TW',
      'zh-CN',
      'pt-BR',
      'pt-BR',
    ]);
    expect(['zh_TW', 'zh-cmn-Hant', 'zh-min-nan'].map((tag) => textFor(tag, {}).language)).toEqual(['zh-TW', 'zh-TW', 'zh-CN']);
  });

  it('gives way, text by text, to the application’s own words', () => {
    const text = textFor('en', { chooseFiles: 'Browse' });
    expect([text('chooseFiles'), text('pause')]).toEqual(['Browse', 'Pause']);
    expect(textFor('en', { hint: '', pause: undefined as never, resume: null as never })('pause')).toBe('Pause');
    expect(textFor('en', { hint: '' })('hint')).toBe('');
    expect(textFor('en', ja).size(5 * 1024 ** 3)).toBe(createText(ja).size(5 * 1024 ** 3));
  });
});
