/** Secrets stay in memory and in headers. */
import type { Page } from '@playwright/test';
import { KiB, MiB } from '../helpers/sizes.js';
import { transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, untilPartsDone } from './helpers.js';

const readStorage = (page: Page): Promise<string> => page.evaluate(() => window.witness.readStorage());

test('no secret and no token is stored, logged, put into an error or into a URL', async ({ page, context, pageUrl, makeFile, oss }) => {
  const secrets = new Set<string>();
  const seen = { storage: '', console: '', errors: '', urls: '', headers: '' };
  page.on('console', (message) => {
    seen.console += `${message.text()}\n`;
  });
  page.on('pageerror', (error) => {
    seen.errors += `${error.message}\n${error.stack}\n`;
  });
  context.on('request', (request) => {
    seen.urls += `${request.url()}\n${request.postData()?.slice(0, 10_000) ?? ''}\n`;
    seen.headers += JSON.stringify(request.headers());
  });
  const learn: Promise<void>[] = [];
  context.on('response', (response) => {
    if (new URL(response.url()).pathname !== '/sts') return;
    learn.push(
      response.json().then(({ Credentials: { AccessKeySecret, SecurityToken } }) => {
        secrets.add(AccessKeySecret).add(SecurityToken);
      }),
    );
  });

  const path = await makeFile(8 * MiB, 1);
  const key = 'secrets/file.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: 256 * KiB, parallel: 3 }, upload: { key } };
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, setup);
  await untilPartsDone(page, 6);
  seen.storage += await readStorage(page);
  await page.reload();
  seen.storage += await readStorage(page);

  // As talkative as the service's refusals can be: the token in the message and in an element of its own.
  await startUpload(page, path, setup);
  await untilPartsDone(page, 12);
  await Promise.all(learn);
  const token = [...secrets].at(-1)!;
  oss.control.addFault({
    key,
    operation: 'UploadPart',
    fault: { kind: 'status', status: 403, code: 'AccessDenied', message: `Denied: ${token}`, extra: { SecurityToken: token } },
  });
  const { failure } = await outcomeOf(page);
  expect(failure).toMatchObject({ name: 'OssError', code: 'AccessDenied' });
  seen.errors += failure!.dump;
  seen.storage += await readStorage(page);

  oss.control.expireTokens();
  await page.evaluate(() => window.upload!.task.resume());
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  await Promise.all(learn);
  seen.storage += await readStorage(page);
  seen.urls += JSON.stringify((await transcript(oss.url, key)).map(({ query }) => query));

  // The search works: it finds the token in a header. Credentials were requested three times: at first, after the reload, and after the expiry.
  const findings = Object.entries(seen).flatMap(([place, text]) => (leaks(text, secrets) ? [place] : []));
  expect(findings).toEqual(['headers']);
  expect(secrets.size).toBe(6);
  expect(seen.storage).toContain(key);
});

/** Whether the text contains any 20 consecutive characters of a secret, percent-encoded or not. */
function leaks(text: string, secrets: ReadonlySet<string>): boolean {
  const forms = text + decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25').replace(/%[89a-f]./gi, ''));
  return [...secrets].some((secret) => {
    for (let start = 0; start + 20 <= secret.length; start += 1) if (forms.includes(secret.slice(start, start + 20))) return true;
    return forms.includes(secret);
  });
}
