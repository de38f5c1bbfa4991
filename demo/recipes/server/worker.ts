/** Cloudflare Workers: keys are secrets (`wrangler secret put`), which come with each request. */
import { createHandler, type Handler } from 'oss-resumable/server';

interface Env {
  OSS_ACCESS_KEY_ID: string;
  OSS_ACCESS_KEY_SECRET: string;
}

/** Your session check. */
declare function userOf(request: Request): Promise<{ id: string } | undefined>;

let handler: Handler | undefined;

export default {
  fetch(request: Request, env: Env): Promise<Response> | Response {
    if (new URL(request.url).pathname !== '/oss') return new Response(null, { status: 404 });
    handler ??= createHandler({
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      credentials: { accessKeyId: env.OSS_ACCESS_KEY_ID, accessKeySecret: env.OSS_ACCESS_KEY_SECRET },
      async allow(request) {
        const user = await userOf(request);
        return user && { prefix: `users/${user.id}/`, maxBytes: 5_000_000_000 };
      },
    });
    return handler(request);
  },
};
