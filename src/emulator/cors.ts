/** The bucket's CORS rules: which headers a request's answer gets, and what a preflight is answered. */
import { OssError } from './oss-error.js';
import type { CorsRule } from './types.js';

/** The rule that the README recommends; each embedded bucket starts with it. */
export const DEFAULT_CORS: readonly CorsRule[] = [
  {
    allowedOrigins: ['*'],
    allowedMethods: ['PUT', 'POST', 'GET', 'HEAD', 'DELETE'],
    allowedHeaders: ['*'],
    exposeHeaders: [
      'ETag',
      'x-oss-request-id',
      'x-oss-hash-crc64ecma',
      'x-oss-server-time',
      'x-oss-version-id',
      'x-oss-ec',
      'x-oss-err',
      'Date',
      'Retry-After',
    ],
    maxAgeSeconds: 600,
  },
];

/** The headers for an actual request. Without a matching rule there are none, but the request is still served. */
export function corsHeaders(rules: readonly CorsRule[], origin: string | undefined, method: string): Record<string, string> {
  if (origin === undefined) return {};
  const rule = ruleFor(rules, origin, method, []);
  return rule === undefined ? {} : commonHeaders(rule, origin);
}

export function preflight(rules: readonly CorsRule[], headers: ReadonlyMap<string, string>): Record<string, string> {
  const origin = headers.get('origin');
  const method = headers.get('access-control-request-method');
  if (origin === undefined) throw new OssError(400, 'BadRequest', 'Insufficient information. Origin request header needed.');
  if (method === undefined) {
    throw new OssError(400, 'BadRequest', 'Insufficient information. Access-Control-Request-Method request header needed.');
  }
  const requested = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = ruleFor(rules, origin, method, requested);
  if (rule === undefined) {
    // Spelled as the service spells it.
    throw new OssError(
      403,
      'AccessForbidden',
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec.",
    );
  }
  return {
    ...commonHeaders(rule, origin),
    ...(requested.length > 0 ? { 'Access-Control-Allow-Headers': requested.join(', ') } : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'Access-Control-Max-Age': String(rule.maxAgeSeconds) }),
  };
}

function ruleFor(rules: readonly CorsRule[], origin: string, method: string, requested: readonly string[]): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.allowedOrigins.some((pattern) => matches(pattern, origin)) &&
      rule.allowedMethods.includes(method) &&
      requested.every((name) => (rule.allowedHeaders ?? []).some((pattern) => matches(pattern.toLowerCase(), name))),
  );
}

function commonHeaders(rule: CorsRule, origin: string): Record<string, string> {
  const any = rule.allowedOrigins.includes('*');
  return {
    'Access-Control-Allow-Origin': any ? '*' : origin,
    'Access-Control-Allow-Methods': rule.allowedMethods.join(', '),
    ...(rule.exposeHeaders?.length ? { 'Access-Control-Expose-Headers': rule.exposeHeaders.join(', ') } : {}),
    ...(any ? {} : { Vary: 'Origin' }),
  };
}

/** A pattern may hold one `*`, which matches any text, as in the service's rules. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}
