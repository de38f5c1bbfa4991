import { createRequire } from 'node:module';
import { consumer, run, start } from './consumer.js';

const next = createRequire(import.meta.url).resolve('next/dist/bin/next');

consumer('Next.js', {
  adapter: 'react',
  async serve() {
    await run('next', next, 'build');
    return start('next', next, 'start', '--port', '0', '--hostname', 'localhost');
  },
  // The package was imported on the server, and did nothing there.
  rendered: /<input [^>]*disabled.*Rendered on the server\./,
  visits: [
    {
      title: 'under a strict policy, the worker comes from its file',
      worker: /\/_next\/static\/.+\.js/,
      query: ({ connect }) => ({ connect }),
    },
    {
      title: 'where the policy forbids workers, the main thread hashes',
      worker: null,
      query: ({ connect }) => ({ connect, worker: `worker-src 'none'` }),
    },
  ],
});
