import { Refusal } from './refusal.js';

/**
 * The headers that let a page read the answer; none for a page of the handler's own origin.
 * @throws {Refusal} 403 `OriginNotAllowed`
 */
export function checkOrigin(request: Request, origins: readonly string[]): Record<string, string> {
  const origin = request.headers.get('origin');
  if (origin === null) {
    // Browsers send Origin with every POST; this one says where a request comes from even if an extension removed it.
    if (request.headers.get('sec-fetch-site') === 'cross-site') throw refusal();
    return {};
  }
  if (origins.includes(origin)) {
    return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'origin' };
  }
  if (request.headers.get('sec-fetch-site') === 'same-origin') return {};
  // Behind a proxy that ends TLS, this server sees http. Some frameworks put the address that they listen on into the URL.
  const { host, protocol } = new URL(request.url);
  const isOwn = [host, request.headers.get('host')].some((own) => origin === `https://${own}` || origin === `${protocol}//${own}`);
  if (isOwn) return {};
  throw refusal();
}

/** The answer to a preflight. */
export function preflightHeaders(request: Request): Record<string, string> {
  return {
    'access-control-allow-methods': 'POST',
    // The page's session may be in a header of any name. Its origin is already known to be a configured one.
    'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? 'content-type',
    'access-control-max-age': '7200',
  };
}

function refusal(): Refusal {
  return new Refusal(403, 'OriginNotAllowed', 'Pages of this origin may not ask. Add it to `origins`.');
}
