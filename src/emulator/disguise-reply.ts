/** The answers that faults send in place of the service's, or make of it. */
import { OssError } from './oss-error.js';
import type { Reply } from './operations/operation.js';
import type { Fault } from './types.js';

const PAGE = `<!DOCTYPE html>
<html><head><title>Sign in to the network</title></head><body><h1>Sign in to the network</h1></body></html>
`;

/** The whole answer that a fault stands for; undefined if it stands for none. */
export function replacementOf(fault: Fault | undefined, requestId: string, hostId: string): Reply | undefined {
  if (fault?.kind === 'html') return { status: fault.status ?? 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: PAGE };
  if (fault?.kind !== 'error-in-200') return undefined;
  const { code = 'InternalError', message = 'We encountered an internal error. Please try again.' } = fault;
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body: new OssError(200, code, message).toXml(requestId, hostId) };
}

/** The answer after the work has been done, as the fault lets the client see it. */
export function disguise(reply: Reply, fault: Fault | undefined, requestId: string, hostId: string): Reply {
  if ((fault?.kind === 'html' || fault?.kind === 'error-in-200') && fault.afterWork === true) {
    return replacementOf(fault, requestId, hostId) ?? reply;
  }
  return fault?.kind === 'etag' ? withEtag(reply, fault.form) : reply;
}

/** Changes the ETag in the headers and, after Complete, in the document. */
function withEtag(reply: Reply, form: 'wrong' | 'weak'): Reply {
  const etag = reply.headers?.['ETag'];
  if (etag === undefined) return reply;
  const changed =
    form === 'weak' ? `W/${etag}` : etag.replace(/[0-9A-F]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16).toUpperCase());
  return {
    ...reply,
    headers: { ...reply.headers, ETag: changed },
    ...(reply.body === undefined ? {} : { body: reply.body.replaceAll(etag, changed) }),
  };
}

/** Answers that imitate a proxy have no headers of the service. */
export function isOfTheService(fault: Fault | undefined): boolean {
  return fault?.kind !== 'raw' && fault?.kind !== 'html';
}
