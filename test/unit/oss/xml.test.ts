import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCompleteEtag, readError, readListParts, readUploadId, writeComplete } from '../../../src/oss/xml.js';
import vectors from '../../vectors/xml-samples.json';

interface Sample {
  id: string;
  request?: { body?: string; root?: string };
  response: { status: number; headers: Record<string, string>; body: string; root?: string; expectText?: Record<string, string> };
}

const samples = vectors.samples as unknown as Sample[];
const bodies = samples.map(({ response }) => response.body).filter((body) => body !== '');
const READERS = { readError, readUploadId, readCompleteEtag, readListParts };

function sample(id: string): string {
  const found = samples.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no sample ${id}`);
  return found.response.body;
}

function withRoot(root: string): Sample[] {
  return samples.filter(({ response }) => response.root === root);
}

/** The text between two tags, found without a parser. */
function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

describe('every sample is read as what it is, and as nothing else', () => {
  const roots: Record<string, string> = {
    Error: 'readError',
    InitiateMultipartUploadResult: 'readUploadId',
    CompleteMultipartUploadResult: 'readCompleteEtag',
    ListPartsResult: 'readListParts',
  };

  test('there are as many as the readers know', () => {
    const counts = Object.fromEntries(Object.keys(roots).map((root) => [root, withRoot(root).length]));
    expect(counts).toEqual({ Error: 33, InitiateMultipartUploadResult: 3, CompleteMultipartUploadResult: 3, ListPartsResult: 4 });
  });

  for (const { id, response } of samples) {
    test(id, () => {
      for (const [name, read] of Object.entries(READERS)) {
        const wanted = roots[response.root ?? ''] === name;
        expect(read(response.body) !== undefined, name).toBe(wanted);
      }
    });
  }
});

describe('readError', () => {
  for (const { id, response } of withRoot('Error')) {
    test(`takes code, message and numbers, never the rest: ${id}`, () => {
      const serverTime = textOf(response.body, 'ServerTime');
      expect(readError(response.body)).toEqual({
        code: response.expectText?.['Code'],
        message: expect.stringMatching(/\w/),
        requestId: '6740A1B2C3D4E5F607182930',
        hostId: 'demo-bucket.oss-cn-hangzhou.aliyuncs.com',
        ec: response.headers['x-oss-ec'] ?? textOf(response.body, 'EC'),
        serverTime: serverTime === undefined ? undefined : Date.parse(serverTime),
      });
    });
  }

  test("takes RequestTimeTooSkewed's server time", () => {
    expect(readError(sample('error-request-time-too-skewed'))?.serverTime).toBe(Date.UTC(2026, 10, 22, 8));
  });

  test('a code alone is enough; without one there is no error document', () => {
    expect(readError('<Error><Code>InternalError</Code></Error>')).toEqual({
      code: 'InternalError',
      message: '',
      requestId: undefined,
      hostId: undefined,
      ec: undefined,
      serverTime: undefined,
    });
    expect(readError('<Error><Message>m</Message></Error>')).toBeUndefined();
    expect(readError('<Error><Code></Code></Error>')).toBeUndefined();
  });

  test("a nested element's code isn't the error's", () => {
    expect(readError('<Error><Inner><Code>Nested</Code></Inner></Error>')).toBeUndefined();
  });

  test.each(['yesterday', '', '2026-99-99'])('a server time that is none (%j) is left out', (time) => {
    expect(readError(`<Error><Code>RequestTimeTooSkewed</Code><ServerTime>${time}</ServerTime></Error>`)?.serverTime).toBeUndefined();
  });
});

describe('readUploadId', () => {
  test.each(['initiate', 'initiate-encoding-url', 'initiate-sequential'])('%s', (id) => {
    expect(readUploadId(sample(id))).toBe('0004B9894A22E5B1888A1E29F8236E2D');
  });

  test('an empty one is none', () => {
    expect(readUploadId('<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>')).toBeUndefined();
  });
});

test.each(['complete', 'complete-encoding-url', 'complete-all'])('readCompleteEtag: %s', (id) => {
  expect(readCompleteEtag(sample(id))).toBe('"1C1D3F3782FF122E40D6468ACE93C4B6-3"');
});

describe('readListParts', () => {
  test('a page with more to come', () => {
    expect(readListParts(sample('list-parts-page-1'))).toEqual({
      parts: [
        { number: 1, etag: '"17FEA6E97583648E493E6D8BCD54C8F4"', size: 102_400, crc64: '9427277473487083924', lastModified: 1795334401000 },
        {
          number: 2,
          etag: '"8F59A505494895FB79DE1BF8103CDD79"',
          size: 102_400,
          crc64: '15456447387727083107',
          lastModified: 1795334402000,
        },
      ],
      next: 2,
    });
  });

  test('the last page', () => {
    expect(readListParts(sample('list-parts-page-2'))).toMatchObject({
      parts: [{ number: 3, size: 4, crc64: '1564134088860173973' }],
      next: undefined,
    });
  });

  test('no parts yet', () => {
    expect(readListParts(sample('list-parts-empty'))).toEqual({ parts: [], next: undefined });
    expect(readListParts('<ListPartsResult/>')).toEqual({ parts: [], next: undefined });
  });

  test('keys that are encoded in the answer change nothing', () => {
    expect(readListParts(sample('list-parts-encoding-url'))).toMatchObject({ next: undefined });
  });

  const part = (change: Record<string, string | undefined> = {}): string => {
    const fields = { PartNumber: '1', ETag: '"E"', Size: '7', HashCrc64ecma: '1', ...change };
    return `<Part>${Object.entries(fields)
      .map(([name, value]) => (value === undefined ? '' : `<${name}>${value}</${name}>`))
      .join('')}</Part>`;
  };
  const page = (...children: string[]): string => `<ListPartsResult>${children.join('')}</ListPartsResult>`;

  test.each([
    { PartNumber: undefined },
    { PartNumber: '0' },
    { PartNumber: '-1' },
    { PartNumber: '1.5' },
    { PartNumber: 'one' },
    { Size: undefined },
    { Size: '-1' },
    { Size: 'big' },
    { Size: '1e300' },
    { ETag: undefined },
    { ETag: '' },
  ])('a part that makes no sense spoils the page: half a list is worse than none (%j)', (change) => {
    expect(readListParts(page(part(), part({ PartNumber: '2', ...change })))).toBeUndefined();
  });

  test.each([undefined, '', 'none', '-1', '123456789012345678901', '0x10'])(
    'a CRC-64 that is none (%j) is left out, the part stays',
    (crc64) => {
      expect(readListParts(page(part({ HashCrc64ecma: crc64 })))?.parts).toEqual([
        { number: 1, etag: '"E"', size: 7, crc64: undefined, lastModified: undefined },
      ]);
    },
  );

  test('more to come without saying from where makes no sense', () => {
    expect(readListParts(page('<IsTruncated>true</IsTruncated>', part()))).toBeUndefined();
    expect(readListParts(page('<IsTruncated>true</IsTruncated><NextPartNumberMarker>x</NextPartNumberMarker>', part()))).toBeUndefined();
  });

  test('ten thousand parts', () => {
    const parts = Array.from({ length: 10_000 }, (_, index) => part({ PartNumber: String(index + 1) }));
    expect(readListParts(page(...parts))?.parts.at(-1)?.number).toBe(10_000);
  });
});

describe('how it is written does not matter', () => {
  const xml = '<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>NoSuchUpload</Code>\n  <Message>gone</Message>\n</Error>';

  test.each([
    ['a default namespace', xml.replace('<Error>', '<Error xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">')],
    [
      'a prefix',
      xml.replace(/<(\/?)(\w+)>/g, '<$1o:$2>').replace('<o:Error>', '<o:Error xmlns:o="http://doc.oss-cn-hangzhou.aliyuncs.com">'),
    ],
    ['no declaration', xml.slice(xml.indexOf('<Error>'))],
    ['CDATA', xml.replace('gone', '<![CDATA[gone]]>')],
    ['blanks around', xml.replace('gone', '\n   gone\t')],
    ['comments', xml.replace('<Code>', '<!-- c --><Code>')],
    ['another order', '<Error><Message>gone</Message><Code>NoSuchUpload</Code></Error>'],
    ['attributes, of either quote', xml.replace('<Code>', `<Code a="1 > 0" b = 'x/'>`)],
    ['an instruction after the end, and a comment', `${xml}\n<?pi?><!-- c -->\n`],
    ['entities beside CDATA', xml.replace('gone', '<![CDATA[g]]>&#111;<![CDATA[ne]]>')],
    ['unknown elements', xml.replace('<Code>', '<New><Code>Nested</Code></New><Code>')],
  ])('%s', (_, text) => {
    expect(readError(text)).toMatchObject({ code: 'NoSuchUpload', message: 'gone' });
  });

  test('entities are resolved', () => {
    expect(
      readError('<Error><Code>C</Code><Message>&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos; &#25991;&#x4EF6;</Message></Error>')?.message,
    ).toBe(`<a> & "b" 'c' 文件`);
    expect(readCompleteEtag('<CompleteMultipartUploadResult><ETag>&quot;E-1&#34;</ETag></CompleteMultipartUploadResult>')).toBe('"E-1"');
  });
});

describe('what is no document of OSS is undefined', () => {
  const whole = sample('list-parts-page-1');

  test.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['text', 'Service unavailable'],
    ['JSON', '{"Code":"NoSuchUpload"}'],
    ['a page of a proxy', '<!doctype html><html><head><title>502</title></head><body><Error><Code>C</Code></Error></body></html>'],
    ['an unclosed root', '<Error><Code>C</Code>'],
    ['a wrong end tag', '<Error><Code>C</Error></Code>'],
    ['two roots', '<Error><Code>C</Code></Error><Error/>'],
    ['an unknown entity', '<Error><Code>C&nbsp;</Code></Error>'],
    ['a control character', '<Error><Code>C\u0001</Code></Error>'],
    ['an attribute without a value', '<Error a><Code>C</Code></Error>'],
    ['an attribute that never ends', '<Error a="><Code>C</Code></Error>'],
    ['a comment that never ends', '<Error><!-- <Code>C</Code></Error>'],
    ['text before the root', 'x<Error><Code>C</Code></Error>'],
    ['text after it', '<Error><Code>C</Code></Error>x'],
    ['a lone surrogate', '<Error><Code>C\ud800</Code></Error>'],
    ['a reference to no character', '<Error><Code>C&#0;</Code></Error>'],
    ['a reference beyond all characters', '<Error><Code>C&#x110000;</Code></Error>'],
    ['an ampersand of its own', '<Error><Code>A & B</Code></Error>'],
    ['a root of another case', '<error><Code>C</Code></error>'],
  ])('%s', (_, text) => {
    for (const read of Object.values(READERS)) expect(read(text)).toBeUndefined();
  });

  test('a list that was cut anywhere is none: parts that are missing would be sent again, parts that are there forgotten', () => {
    const end = whole.trimEnd().length;
    for (let length = 0; length < end; length += 1)
      expect(readListParts(whole.slice(0, length)), `after ${length} characters`).toBeUndefined();
    expect(readListParts(whole.slice(0, end))).toBeDefined();
  });

  test('an error page of the parser, sent as such, is not taken for an answer', () => {
    expect(readError('<parsererror><Error><Code>C</Code></Error></parsererror>')).toBeUndefined();
  });

  test('entities that multiply neither hang nor fill the page', () => {
    const layers = Array.from({ length: 12 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`).join('');
    const bomb = `<!DOCTYPE Error [<!ENTITY e0 "x">${layers}]><Error><Code>&e12;</Code></Error>`;
    const start = performance.now();
    expect((readError(bomb)?.code ?? '').length).toBeLessThan(1e7);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  test('entities of other files are not fetched', () => {
    expect(
      readError('<!DOCTYPE Error [<!ENTITY e SYSTEM "/sts">]><Error><Code>C</Code><Message>&e;</Message></Error>')?.message ?? '',
    ).toBe('');
  });
});

describe('whatever arrives', () => {
  const FRAGMENTS = [
    '<',
    '>',
    '</',
    '/>',
    '&',
    ';',
    '"',
    '<Part>',
    '</Part>',
    '<Error>',
    '<ETag>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?xml ',
    '?>',
    '<!DOCTYPE ',
    '&#0;',
    '&#x110000;',
    '\u0000',
    '\ud800',
    '\ufeff',
    'xmlns=""',
    '999999999999999999999',
  ];
  /** A sample with some places cut, doubled, or filled with something else. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...bodies),
      fc.array(
        fc.record({
          at: fc.nat(3_000),
          cut: fc.nat(60),
          insert: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 })),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    )
    .map(([body, changes]) =>
      changes.reduce((text, { at, cut, insert }) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + insert + text.slice(place + cut);
      }, body),
    );
  const grown = fc
    .array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 5 })), { maxLength: 30 })
    .map((pieces) => pieces.join(''));

  test.each([
    ['mutations of the samples', mutated, 2_500],
    ['random text', fc.oneof(fc.string(), fc.string({ unit: 'binary' }), grown), 1_500],
  ])('the readers neither throw nor hang, and what they find is sound: %s', (_, texts, numRuns) => {
    fc.assert(
      fc.property(texts, (text) => {
        const start = performance.now();
        const error = readError(text);
        const uploadId = readUploadId(text);
        const etag = readCompleteEtag(text);
        const list = readListParts(text);
        if (performance.now() - start > 1_000) throw new Error('took more than a second');
        if (error?.code === '' || (error?.serverTime !== undefined && Number.isNaN(error.serverTime))) throw new Error('an unsound error');
        if (uploadId === '' || etag === '') throw new Error('an empty text');
        const isSound = list?.parts.every(
          ({ number, size, etag: tag, crc64 }) =>
            Number.isInteger(number) &&
            number > 0 &&
            Number.isSafeInteger(size) &&
            size >= 0 &&
            tag !== '' &&
            (crc64 === undefined || /^\d{1,20}$/.test(crc64)),
        );
        if (isSound === false || !(list?.next === undefined || Number.isSafeInteger(list.next))) throw new Error('an unsound list');
      }),
      { numRuns },
    );
  });

  test.each([
    ['blanks in a tag', `<Error${' '.repeat(500_000)}`],
    ['attributes', `<Error ${'a="1" '.repeat(100_000)}`],
    ['attributes that are whole', `<Error ${'a="1" '.repeat(100_000)}/>`],
    ['opening brackets', '<'.repeat(500_000)],
    ['ampersands', `<Error>${'&'.repeat(500_000)}</Error>`],
    ['comments that do not end', '<!--'.repeat(200_000)],
    ['names', `<${'a'.repeat(500_000)}`],
    // A reader that looks at each character for each other one would take hours.
  ])('%s without end are read in time and throw nothing', (_, text) => {
    for (const read of Object.values(READERS)) expect(read(text)).toBeUndefined();
  });

  test('nested a hundred thousand deep', () => {
    const deep = `<ListPartsResult>${'<Part>'.repeat(100_000)}`;
    expect(readListParts(deep)).toBeUndefined();
    expect(() => readListParts(`${deep}${'</Part>'.repeat(100_000)}</ListPartsResult>`)).not.toThrow();
  });
});

describe('writeComplete', () => {
  /** Found by eye, as it were: not by the reader that is tested here. */
  function read(xml: string): [string | undefined, string | undefined][] {
    const plain = (text: string | undefined): string | undefined =>
      text?.replace(/&#(\d+);|&quot;/g, (_, code) => (code ? String.fromCharCode(Number(code)) : '"'));
    return [...xml.matchAll(/<Part>\s*<PartNumber>(\d+)<\/PartNumber>\s*<ETag>([^<]*)<\/ETag>\s*<\/Part>/g)].map(([, number, etag]) => [
      number,
      plain(etag),
    ]);
  }

  test('says what the sample says', () => {
    const wanted = samples.find(({ id }) => id === 'complete')?.request?.body ?? '';
    const written = writeComplete([
      { number: 1, etag: '"17FEA6E97583648E493E6D8BCD54C8F4"' },
      { number: 2, etag: '"8F59A505494895FB79DE1BF8103CDD79"' },
      { number: 3, etag: '"7AEA2552DFE7EB84B9443B6FC9BA6E01"' },
    ]);
    expect(written).toMatch(/^<\?xml [^>]*\?><CompleteMultipartUpload>.*<\/CompleteMultipartUpload>$/s);
    expect(read(written)).toEqual(read(wanted));
    expect(read(written)).toHaveLength(3);
  });

  test('keeps the order it is given, and every part', () => {
    const parts = Array.from({ length: 10_000 }, (_, index) => ({ number: index + 1, etag: `"${index}"` }));
    expect(read(writeComplete(parts))).toEqual(parts.map(({ number, etag }) => [String(number), etag]));
  });

  test('escapes what an ETag never holds, should it do so once', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'A', ']', ';', '文') }), (etag) => {
        expect(read(writeComplete([{ number: 1, etag }]))).toEqual([['1', etag]]);
      }),
    );
  });
});
