/** Uppy with presigned requests, which it sends against the same endpoint. Its parts are at least 5 MiB, one after the other. */
import AwsS3, { type SignableRequest } from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { createPresign } from '../presign.js';
import type { Prepare } from '../setup.js';

/** The header that Uppy will send, which is part of the signature. */
function contentType({ method, uploadId, partNumber, contentType }: SignableRequest): string | undefined {
  if (method === 'POST') return uploadId === undefined ? 'application/octet-stream' : 'application/xml';
  return partNumber === undefined ? contentType : undefined;
}

export const prepare: Prepare = async (files, setup) => {
  const { keys, partSize, parallel } = setup;
  const presign = createPresign(setup);
  const uppy = new Uppy();
  uppy.use(AwsS3, {
    limit: parallel,
    shouldUseMultipart: partSize !== 'whole',
    ...(typeof partSize === 'number' && { getChunkSize: () => partSize }),
    generateObjectKey: ({ meta }) => String(meta.key),
    async signRequest(request) {
      const { method, key, uploadId, partNumber } = request;
      const query = {
        ...(method === 'POST' && uploadId === undefined && { uploads: '' }),
        ...(uploadId !== undefined && { uploadId }),
        ...(partNumber !== undefined && { partNumber: String(partNumber) }),
      };
      const type = contentType(request);
      return { url: await presign(method, key, query, type === undefined ? {} : { 'content-type': type }) };
    },
  });
  uppy.addFiles(files.map((data, index) => ({ name: `${index} ${data.name}`, data, meta: { key: keys[index] } })));
  return async () => {
    const { failed = [] } = (await uppy.upload()) ?? {};
    if (failed.length > 0) throw new Error(String(failed[0]?.error));
  };
};
