/** This library, as an application uses it. */
import { createUploader } from 'oss-resumable';
import type { Prepare } from '../setup.js';

export const prepare: Prepare = async (files, { endpoint, region, bucket, sts, signerUrl, keys, partSize, parallel, variant }) => {
  const uploader = createUploader({
    region,
    bucket,
    endpoint,
    ...(variant.signed ? { signer: `${signerUrl}/${keys[0]!.split('/')[0]}` } : { credentials: () => sts }),
    parallel,
    partSize: partSize === 'whole' ? 'auto' : partSize,
    integrity: { crc64: !variant.unchecked, md5: variant.md5 ?? false },
  });
  // A line is known once a file in parts has gone over it.
  if (variant.known) await uploader.upload(files[0]!.slice(0, 4 * 1024 ** 2), { key: `${keys[0]}-before` }).result;
  return async () => {
    if (files.length === 1) {
      await uploader.upload(files[0]!, { key: keys[0] }).result;
      return;
    }
    const results = await uploader.uploadAll(files.map((file, index) => ({ file, key: keys[index] }))).results;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };
};
