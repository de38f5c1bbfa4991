/** The handler: says what pages may upload, and signs their requests. The servers beside this file need nothing else. */
import { createHandler } from 'oss-resumable/server';

const { env } = process;

/** Replace this by your session check. Until then everybody is the user that DEMO_USER names; without it, nobody may upload. */
const userOf = async (_request) => env.DEMO_USER && { id: env.DEMO_USER };

export const handler = createHandler({
  region: env.OSS_REGION ?? 'cn-hangzhou',
  bucket: env.OSS_BUCKET ?? 'examplebucket',
  endpoint: env.OSS_ENDPOINT,
  // For the emulator: servers can't look up the names of its buckets.
  pathStyle: env.OSS_PATH_STYLE === 'true',
  // A function: builds import this file, and have no keys.
  credentials: () => ({ accessKeyId: env.OSS_ACCESS_KEY_ID, accessKeySecret: env.OSS_ACCESS_KEY_SECRET }),
  // Only where pages are of another origin than this server.
  origins: env.PAGE_ORIGIN ? [env.PAGE_ORIGIN] : [],
  async allow(request) {
    const user = await userOf(request);
    return user && { prefix: `users/${user.id}/`, maxBytes: 5_000_000_000 };
  },
  onError: console.error,
});
