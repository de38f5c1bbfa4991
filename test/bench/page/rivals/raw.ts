/**
 * The limit: Initiate, six lanes of slices to URLs that were presigned before, and Complete. Nothing is hashed, signed,
 * retried, recorded or reported.
 */
import { inLanes } from '../lanes.js';
import { createPresign } from '../presign.js';
import type { Prepare } from '../setup.js';

type Put = (url: string, body: Blob) => Promise<string>;

const putByXhr: Put = (url, body) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.onload = () =>
      request.status === 200 ? resolve(request.getResponseHeader('etag')!) : reject(new Error(`${request.status} ${request.responseText}`));
    request.onerror = () => reject(new Error('Network error'));
    request.send(body);
  });

const putByFetch: Put = async (url, body) => {
  const response = await fetch(url, { method: 'PUT', body });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.headers.get('etag')!;
};

export const prepare: Prepare = async (files, setup) => {
  const { keys, partSize, parallel, variant } = setup;
  const put = variant.fetch ? putByFetch : putByXhr;
  const presign = createPresign(setup);
  if (partSize === 'whole') {
    const urls = await Promise.all(keys.map((key) => presign('PUT', key)));
    return () => inLanes(files, parallel, async (file, index) => void (await put(urls[index]!, file.slice())));
  }
  if (partSize === 'auto') throw new Error('The raw rivals need a part size.');
  const file = files[0]!;
  const key = keys[0]!;
  const initiate = async (url: string): Promise<string> => {
    const answer = await fetch(url, { method: 'POST' });
    return /<UploadId>(\w+)</.exec(await answer.text())![1]!;
  };
  const initiateUrl = await presign('POST', key, { uploads: '' });
  // Not through the link, where it would leave an open connection.
  const presignDirectly = createPresign({ ...setup, endpoint: setup.directEndpoint });
  const uploadId = await initiate(await presignDirectly('POST', key, { uploads: '' }));
  const numbers = Array.from({ length: Math.ceil(file.size / partSize) }, (_, index) => index + 1);
  const urls = await Promise.all(numbers.map((number) => presign('PUT', key, { partNumber: String(number), uploadId })));
  const completeUrl = await presign('POST', key, { uploadId });
  return async () => {
    // For the time it takes: the parts' URLs had to be signed for one that was begun before.
    await initiate(initiateUrl);
    const parts: string[] = [];
    await inLanes(urls, parallel, async (url, index) => {
      const etag = await put(url, file.slice(index * partSize, (index + 1) * partSize));
      parts[index] = `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`;
    });
    // Without a type of its own, so that there is no header that would have to be signed.
    const body = new Blob([`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`]);
    const completed = await fetch(completeUrl, { method: 'POST', body });
    if (!completed.ok) throw new Error(`${completed.status} ${await completed.text()}`);
  };
};
