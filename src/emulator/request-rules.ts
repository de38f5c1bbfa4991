/** What is asked of a request besides its signature: endpoint, payer, length and speed. */
import type { BucketStore } from './bucket-store.js';
import { MAX_BODY } from './limits.js';
import { Lane } from './link.js';
import { accessDenied, invalidArgument, OssError, publicEndpointForbidden } from './oss-error.js';
import { boundBucket, internalHost, type Addressing, type ParsedRequest } from './parse-request.js';
import type { OperationName, ServiceRules } from './types.js';

const MIN_TRAFFIC = 819_200;
const MAX_TRAFFIC = 838_860_800;

/** Checked first: whether the request came through a host that the account may use. */
export function checkEndpoint(
  { rules, addressing, region }: { rules: ServiceRules; addressing: Addressing; region: string },
  { host }: ParsedRequest,
): void {
  if (rules.forbidPublicEndpoint && boundBucket(host, addressing) === undefined && !host.includes(internalHost(region))) {
    throw publicEndpointForbidden();
  }
}

/** Every requester counts as foreign: no account owns the bucket. */
export function checkPayer(rules: ServiceRules, { headers, query }: Pick<ParsedRequest, 'headers' | 'query'>): void {
  const payer = headers.get('x-oss-request-payer') ?? query.get('x-oss-request-payer');
  if (payer !== undefined && payer !== 'requester') {
    throw invalidArgument('The value of x-oss-request-payer must be requester.', 'x-oss-request-payer', payer);
  }
  if (rules.requesterPays && payer === undefined) throw accessDenied('Access denied for requester pay bucket.');
}

/** Anybody may read a public object; everything else needs a signature. */
export function allowsAnonymous(operation: OperationName, bucket: BucketStore, key: string | null): boolean {
  if (operation !== 'GetObject' && operation !== 'HeadObject') return false;
  return bucket.objects.get(key ?? '')?.acl.startsWith('public-read') ?? false;
}

export function checkLength({ headers }: ParsedRequest): void {
  const length = headers.get('content-length');
  if (length === undefined) throw new OssError(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (Number(length) > MAX_BODY) throw new OssError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');
}

/** The lane for `x-oss-traffic-limit`, in bits a second, which may be a header or a query parameter. */
export function trafficLane({ headers, query }: Pick<ParsedRequest, 'headers' | 'query'>, operation: OperationName): Lane | undefined {
  if (!['UploadPart', 'PutObject', 'PostObject'].includes(operation)) return undefined;
  const name = 'x-oss-traffic-limit';
  const [header, parameter] = [headers.get(name), query.get(name)];
  if (header !== undefined && parameter !== undefined)
    throw invalidArgument(`${name} may be given as header or in the query, not both.`, name, header);
  const text = header ?? parameter;
  if (text === undefined) return undefined;
  const bits = Number(text);
  if (!/^\d+$/.test(text) || bits < MIN_TRAFFIC || bits > MAX_TRAFFIC) {
    throw invalidArgument(`${name} must be between ${MIN_TRAFFIC} and ${MAX_TRAFFIC}.`, name, text);
  }
  return new Lane(bits / 8);
}
