// A service worker as many a page has one: everything goes through it, and nothing is done about it. Its page sees no upload progress.
const worker = /** @type {any} */ (globalThis);
worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (/** @type {any} */ event) => event.respondWith(fetch(event.request)));
