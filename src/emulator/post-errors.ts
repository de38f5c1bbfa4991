/** The errors of form uploads. */
import { OssError } from './oss-error.js';

export function malformedPost(ec: string): OssError {
  return new OssError(400, 'MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.', { ec });
}

export function incorrectNumberOfFiles(): OssError {
  return new OssError(400, 'IncorrectNumberOfFilesInPOSTRequest', 'POST requires exactly one file upload per request.', {
    ec: '0006-00000107',
  });
}

export function fieldItemTooLong(what: 'name' | 'value', max: number, proposed: number): OssError {
  return new OssError(400, 'FieldItemTooLong', `Your ${what} of form field is too long.`, {
    ec: what === 'name' ? '0006-00000110' : undefined,
    extra: { MaxSizeAllowed: String(max), ProposedSize: String(proposed) },
  });
}

export function invalidPolicy(message: string, ec?: string): OssError {
  return new OssError(400, 'InvalidPolicyDocument', `Invalid Policy: ${message}`, { ec });
}

export function againstPolicy(message: string, ec: string): OssError {
  return new OssError(403, 'AccessDenied', `Invalid according to Policy: ${message}`, { ec });
}

export function entityTooLarge(max: number, proposed: number): OssError {
  return new OssError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.', {
    ec: '0006-00000003',
    extra: { MaxSizeAllowed: String(max), ProposedSize: String(proposed) },
  });
}

export function entityTooSmall(min: number, proposed: number): OssError {
  return new OssError(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ec: '0006-00000004',
    extra: { MinSizeAllowed: String(min), ProposedSize: String(proposed) },
  });
}
