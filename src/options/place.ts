import { text } from './checks.js';

/** With or without the prefix of its endpoint's host. */
const REGION = /^(?!oss-$)[a-z0-9-]+$/;
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/**
 * Where objects go.
 * @throws {TypeError} when one is missing or can't be one
 */
export function normalizePlace(options: { region: unknown; bucket: unknown }): { region: string; bucket: string } {
  return {
    region: text('region', options.region, 'a region ID such as "cn-hangzhou"', REGION).replace(/^oss-/, ''),
    bucket: text('bucket', options.bucket, '3..63 lower-case letters, digits and hyphens', BUCKET),
  };
}
