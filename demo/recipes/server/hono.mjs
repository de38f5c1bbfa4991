/** Hono on Node. On Workers, Bun and Deno the route is the same. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { handler } from './handler.mjs';

const app = new Hono();
app.all('/oss', (c) => handler(c.req.raw, c));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => console.log(`http://localhost:${port}`));
