/** ali-oss has one upload a file and no queue: many files go through lanes of our own. */
import OSS from 'ali-oss/dist/aliyun-oss-sdk.min.js';
import { inLanes } from '../lanes.js';
import type { Prepare } from '../setup.js';

export const prepare: Prepare = async (files, { endpoint, region, bucket, sts, keys, partSize, parallel }) => {
  const client = new OSS({
    region: `oss-${region}`,
    endpoint,
    bucket,
    accessKeyId: sts.AccessKeyId,
    accessKeySecret: sts.AccessKeySecret,
    stsToken: sts.SecurityToken,
    authorizationV4: true,
    // Keeps it from advising on every construction to set refreshSTSToken.
    refreshSTSTokenInterval: 3_600_000,
  });
  return () =>
    inLanes(files, parallel, async (file, index) => {
      if (partSize === 'whole') await client.put(keys[index]!, file);
      else await client.multipartUpload(keys[index]!, file, { partSize, parallel });
    });
};
