/** Whether a header that CORS lets the page see says that OSS has answered, rather than a portal or a proxy on the way. */
export function hasMarks(headers: Headers): boolean {
  return headers.has('ETag') || [...headers.keys()].some((name) => name.startsWith('x-oss-'));
}
