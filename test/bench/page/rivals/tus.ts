/**
 * tus speaks a protocol of its own, to a server of its own. It needs no parts, since it resumes at any byte: six parallel
 * uploads, each in one request, are the fastest it can do.
 */
import { Upload } from 'tus-js-client';
import type { Prepare } from '../setup.js';

/** The server compares by blocks: each upload begins with one. */
const ALIGNMENT = 64 * 1024;

export const prepare: Prepare = async ([file], { tusEndpoint, keys, parallel }) => {
  const size = file!.size;
  const stride = Math.ceil(size / parallel / ALIGNMENT) * ALIGNMENT;
  const boundaries = Array.from({ length: Math.ceil(size / stride) }, (_, index) => ({
    start: index * stride,
    end: Math.min((index + 1) * stride, size),
  }));
  return () =>
    new Promise((resolve, reject) => {
      const upload = new Upload(file!, {
        endpoint: tusEndpoint,
        parallelUploads: boundaries.length,
        ...(boundaries.length > 1 && { parallelUploadBoundaries: boundaries }),
        metadata: { key: keys[0]! },
        removeFingerprintOnSuccess: true,
        onError: reject,
        onSuccess: () => resolve(),
      });
      upload.start();
    });
};
