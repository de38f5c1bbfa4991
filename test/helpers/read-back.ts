/** What is stored, read back by a client that knows nothing of this project. Node only. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import OSS from 'ali-oss';
import { createControl } from './oss-control.js';

/** SHA-256 of the object. */
export async function storedSha256(ossUrl: string, key: string): Promise<string> {
  return sha256Of(await connectAliOss(ossUrl), key);
}

/** SHA-256 of an object that this client may read. */
export async function sha256Of(client: OSS, key: string): Promise<string> {
  const { stream } = await (client as unknown as { getStream(name: string): Promise<{ stream: Readable }> }).getStream(key);
  return sha256(stream);
}

export function fileSha256(path: string): Promise<string> {
  return sha256(createReadStream(path));
}

/** A client of the demo bucket, with credentials of its own. */
export async function connectAliOss(ossUrl: string): Promise<OSS> {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = (await createControl(ossUrl).assumeRole()).Credentials;
  return createAliOss({
    endpoint: `http://127.0.0.1:${new URL(ossUrl).port}`,
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
  });
}

/** A client of the demo bucket. @param options endpoint and credentials */
export function createAliOss(options: ConstructorParameters<typeof OSS>[0]): OSS {
  const bucket = { region: 'oss-cn-hangzhou', bucket: 'demo-bucket', authorizationV4: true };
  return new OSS({ ...bucket, refreshSTSTokenInterval: 3_600_000, ...options });
}

async function sha256(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
