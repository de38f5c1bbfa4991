/**
 * Opens a connection to an origin in advance, for requests without cookies: name lookup, TCP and TLS take round trips. Only a
 * hint: without a document, or if the browser ignores it, nothing happens.
 * @see https://html.spec.whatwg.org/#link-type-preconnect
 */
export function preconnect(url: string): void {
  const link = globalThis.document?.createElement('link');
  if (!link) return;
  Object.assign(link, { rel: 'preconnect', href: url, crossOrigin: 'anonymous' });
  document.head.append(link);
  link.remove();
}
