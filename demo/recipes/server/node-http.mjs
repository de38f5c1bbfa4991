/** `node:http`, without a framework. */
import { createServer } from 'node:http';
import { toNode } from 'oss-resumable/server';
import { handler } from './handler.mjs';

const serve = toNode(handler);

const server = createServer((request, response) => {
  if (request.url === '/oss') return void serve(request, response);
  response.writeHead(404).end();
});

server.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`));
