import { consumer, folderOf, run, servePages, strict } from './consumer.js';

consumer('webpack', {
  adapter: 'element-plus',
  async serve() {
    await run('webpack', 'build.mjs');
    return servePages(`${folderOf('webpack')}/dist`);
  },
  visits: [{ title: 'under a strict policy, the worker comes from its file', worker: /^http:.+\.js$/, query: strict(`'self'`) }],
});

consumer('rspack', {
  adapter: 'filepond',
  async serve() {
    await run('rspack', 'build.mjs');
    return servePages(`${folderOf('rspack')}/dist`);
  },
  visits: [{ title: 'under a strict policy, the worker comes from its file', worker: /^http:.+\.js$/, query: strict(`'self'`) }],
});

consumer('esbuild', {
  adapter: 'uppy',
  async serve() {
    await run('esbuild', 'build.mjs');
    return servePages(`${folderOf('esbuild')}/dist`);
  },
  visits: [
    { title: 'which emits no file for the worker, the worker comes from the inlined source', worker: /^blob:/ },
    { title: 'under a policy that allows workers from blobs, so it does', worker: /^blob:/, query: strict('blob:') },
    { title: 'under a strict policy, the main thread hashes', worker: null, query: strict(`'self'`) },
    {
      title: 'under a strict policy, a worker that the page serves itself hashes',
      worker: /\/served\/hash\.worker\.js$/,
      query: (policy) => ({ worker: 'served', ...strict(`'self'`)(policy) }),
    },
  ],
});
