/** The service's error replies. Codes, messages and ECs are those of test/vectors/errors.json. */
import { xmlDocument, type XmlNode } from './xml.js';

/** An error that is answered with its code in XML. */
export class OssError extends Error {
  override readonly name = 'OssError';
  readonly status: number;
  readonly code: string;
  readonly ec: string | undefined;
  /** Elements of this code only. */
  readonly extra: Record<string, string>;
  /** Elements with elements in them. */
  readonly details: XmlNode[];
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { ec?: string | undefined; extra?: Record<string, string>; details?: XmlNode[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.ec = more.ec;
    this.extra = more.extra ?? {};
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }

  toXml(requestId: string, hostId: string): string {
    const nodes: XmlNode[] = [
      ['Code', this.code],
      ['Message', this.message],
      ['RequestId', requestId],
      ['HostId', hostId],
      ...Object.entries(this.extra),
      ...this.details,
    ];
    if (this.ec !== undefined) {
      nodes.push(['EC', this.ec], ['RecommendDoc', `https://api.aliyun.com/troubleshoot?q=${this.ec}`]);
    }
    return xmlDocument(['Error', nodes]);
  }
}

/** The connection is closed, so no answer can be sent. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

export function invalidArgument(message: string, name?: string, value?: string, ec?: string): OssError {
  const extra: Record<string, string> = {};
  if (name !== undefined) extra['ArgumentName'] = name;
  if (value !== undefined) extra['ArgumentValue'] = value;
  return new OssError(400, 'InvalidArgument', message, { ec, extra });
}

export function noSuchUpload(uploadId: string, ec: string): OssError {
  return new OssError(
    404,
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { ec, extra: { UploadId: uploadId } },
  );
}

export function noSuchKey(key: string, headers: Record<string, string> = {}): OssError {
  return new OssError(404, 'NoSuchKey', 'The specified key does not exist.', { ec: '0026-00000001', extra: { Key: key }, headers });
}

export function noSuchVersion(key: string, versionId: string): OssError {
  return new OssError(404, 'NoSuchVersion', 'The specified version does not exist.', { extra: { Key: key, VersionId: versionId } });
}

export function noSuchBucket(bucket: string): OssError {
  return new OssError(404, 'NoSuchBucket', 'The specified bucket does not exist.', {
    ec: '0015-00000101',
    extra: { BucketName: bucket },
  });
}

export function fileAlreadyExists(): OssError {
  return new OssError(409, 'FileAlreadyExists', 'The object you specified already exists and can not be overwritten.');
}

export function malformedXml(): OssError {
  return new OssError(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema.');
}

export function invalidDigest(): OssError {
  return new OssError(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
}

export function accessDenied(message: string, extra: Record<string, string> = {}): OssError {
  return new OssError(403, 'AccessDenied', message, { extra });
}

export function publicEndpointForbidden(): OssError {
  return new OssError(400, 'PublicEndpointForbidden', 'Not allowed using the OSS public endpoint, please use CNAME instead.', {
    ec: '0048-00000401',
  });
}

/** @param most milliseconds that the two times may be apart */
export function requestTimeTooSkewed(ec: string, { time, now, most }: { time: number; now: number; most: number }): OssError {
  return new OssError(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.', {
    ec,
    extra: {
      MaxAllowedSkewMilliseconds: String(most),
      RequestTime: new Date(time).toISOString(),
      ServerTime: new Date(now).toISOString(),
    },
  });
}

export function invalidObjectName(name: string): OssError {
  return new OssError(400, 'InvalidObjectName', 'The specified object is not valid.', { extra: { ObjectName: name } });
}

/** @param header that isn't served, by its name */
export function headerNotImplemented(header: string): OssError {
  return new OssError(400, 'NotImplemented', 'A header you provided implies functionality that is not implemented.', {
    extra: { Header: header },
  });
}

/** @param parameter of the query that isn't served. The wording is ours. */
export function parameterNotImplemented(parameter: string): OssError {
  return new OssError(400, 'NotImplemented', `The query parameter ${parameter} implies functionality that is not implemented.`, {
    extra: { ArgumentName: parameter },
  });
}

export function methodNotAllowed(method: string, resource: string, headers: Record<string, string> = {}): OssError {
  return new OssError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    extra: { Method: method, ResourceType: resource },
    headers,
  });
}
