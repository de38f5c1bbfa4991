/** An application's server that signs for pages: our handler, beside whatever cross-origin page asks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler, type HandlerOptions, toNode } from '../../../src/server/index.js';

/** @returns its port */
export async function startSigner(
  options: Pick<HandlerOptions, 'region' | 'bucket' | 'endpoint' | 'pathStyle' | 'credentials'>,
): Promise<number> {
  // Keys of the benchmark begin with the workload's name.
  const serve = toNode(createHandler({ ...options, allow: (request) => ({ prefix: `${new URL(request.url).pathname.slice(1)}/` }) }));
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-headers', 'content-type');
    response.setHeader('access-control-max-age', '600');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    // Any page may ask: its port is another one each time.
    delete request.headers.origin;
    void serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}
