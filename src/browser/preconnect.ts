/**
 * Opens a connection to an origin ahead, for requests without credentials: looking up the name, TCP and TLS take round
 * trips, which are over when the first request is ready. A hint: without a document, or where it isn't understood, nothing
 * happens. @see HTML Standard, "Link type preconnect"
 */
export function preconnect(url: string): void {
  const link = globalThis.document?.createElement('link');
  if (!link) return;
  Object.assign(link, { rel: 'preconnect', href: url, crossOrigin: 'anonymous' });
  document.head.append(link);
  link.remove();
}
