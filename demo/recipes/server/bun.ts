/** Bun: `bun run bun.ts`. */
import { handler } from './handler.mjs';

const server = Bun.serve({
  port: process.env['PORT'] ?? 3000,
  routes: { '/oss': (request: Request) => handler(request) },
});
console.log(`http://localhost:${server.port}`);
