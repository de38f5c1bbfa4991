import { createRequire } from 'node:module';
import { createServer } from 'vite';
import { consumer, folderOf, run, servePages, strict } from './consumer.js';

const vite = createRequire(import.meta.url)
  .resolve('vite/package.json')
  .replace('package.json', 'bin/vite.js');

consumer('vite build', {
  adapter: 'antd',
  async serve() {
    await run('vite', vite, 'build');
    return servePages(`${folderOf('vite')}/dist`);
  },
  visits: [
    { title: 'under a strict policy, the worker comes from its file', worker: /\/assets\/hash\.worker-.+\.js$/, query: strict(`'self'`) },
    { title: 'where the policy forbids workers, the main thread hashes', worker: null, query: strict(`'none'`) },
  ],
});

consumer('vite dev', {
  adapter: 'antd',
  async serve() {
    const server = await createServer({
      root: folderOf('vite'),
      configFile: false,
      logLevel: 'warn',
      server: { port: 0, host: 'localhost' },
      // Ignores dependencies that were optimized for an earlier build of the package.
      optimizeDeps: { force: true },
      plugins: [
        {
          name: 'policy',
          configureServer: ({ middlewares }) =>
            void middlewares.use((request, response, next) => {
              const policy = new URL(request.url!, 'http://localhost').searchParams.get('csp');
              if (policy) response.setHeader('content-security-policy', policy);
              next();
            }),
        },
      ],
    });
    await server.listen();
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
  },
  visits: [
    {
      title: 'under a strict policy, the worker comes from its file',
      worker: /\/dist\/hash\.worker\.js\?/,
      // Vite's own client connects to the server.
      query: ({ connect }) => strict(`'self'`)({ connect: `'self' ${connect}` }),
    },
  ],
});
