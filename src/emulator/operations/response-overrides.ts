/** The headers of a GetObject answer that its query may replace. */
import { invalidArgument } from '../oss-error.js';

/** OSS knows these six; any other `response-…` changes nothing. */
const OVERRIDABLE = ['content-type', 'content-language', 'expires', 'cache-control', 'content-disposition', 'content-encoding'];

/** @throws {OssError} for a value that no header can carry */
export function responseOverrides(query: ReadonlyMap<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of OVERRIDABLE) {
    const value = query.get(`response-${name}`);
    if (value === undefined || value === '') continue;
    headers[name] = headerValue(value, `response-${name}`);
  }
  return headers;
}

/** @throws {OssError} for control characters, which would end the header or break the answer */
export function headerValue(value: string, name: string): string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    throw invalidArgument('The value holds characters that no header can carry.', name, value);
  return value;
}
