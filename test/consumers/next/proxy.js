/** A policy with a nonce for each request, as in Next's documentation ("Content Security Policy"). */
import { NextResponse } from 'next/server';

export function proxy(request) {
  const nonce = btoa(crypto.randomUUID());
  const connect = request.nextUrl.searchParams.get('connect') ?? '';
  const policy = [
    `default-src 'none'`,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    request.nextUrl.searchParams.get('worker') ?? `worker-src 'self'`,
    `connect-src 'self' ${connect}`,
  ].join('; ');
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

export const config = { matcher: '/' };
