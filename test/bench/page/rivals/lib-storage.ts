/** The AWS SDK, which speaks to a server of its own: its signature is not OSS's. */
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Prepare } from '../setup.js';

export const prepare: Prepare = async ([file], { s3Endpoint, region, bucket, account, keys, partSize, parallel }) => {
  const client = new S3Client({
    region,
    endpoint: s3Endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.accessKeySecret },
    // Else it computes a CRC-32 of each part on the main thread, which no other rival does without being asked.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  if (typeof partSize !== 'number') throw new Error('lib-storage needs a part size.');
  return async () => {
    const upload = new Upload({ client, params: { Bucket: bucket, Key: keys[0]!, Body: file! }, queueSize: parallel, partSize });
    await upload.done();
  };
};
