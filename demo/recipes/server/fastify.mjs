/** Fastify 5, whose own parser reads the body. */
import Fastify from 'fastify';
import { toNode } from 'oss-resumable/server';
import { handler } from './handler.mjs';

const app = Fastify();
const serve = toNode(handler);

app.route({
  method: ['POST', 'OPTIONS'],
  url: '/oss',
  handler(request, reply) {
    reply.hijack();
    return serve(Object.assign(request.raw, { body: request.body }), reply.raw);
  },
});

await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`http://localhost:${app.server.address().port}`);
