/** The emulator's own certificate, kept in the data folder so that a browser that has accepted it needn't be asked again. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, selfSigned } from './self-signed.js';
import { writeJson } from './write-json.js';

const FILE = 'certificate.json';

interface Kept extends Certificate {
  hosts: string[];
}

/** @param folder where it is kept; it exists */
export function keptCertificate(folder: string, hosts: readonly string[]): Certificate {
  const path = join(folder, FILE);
  const kept = read(path);
  if (kept !== undefined && hosts.every((host) => kept.hosts.includes(host))) return { cert: kept.cert, key: kept.key };
  const made: Kept = { ...selfSigned(hosts), hosts: [...hosts] };
  writeJson(path, made, true);
  return { cert: made.cert, key: made.key };
}

/** Undefined if there is none, or none that is still valid for a day. */
function read(path: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    return Date.parse(new X509Certificate(kept.cert).validTo) > Date.now() + 86_400_000 && Array.isArray(kept.hosts) ? kept : undefined;
  } catch {
    return undefined;
  }
}
