/**
 * The stand-in for AssumeRole: issues short-lived keys and keeps them in a file, so that a restarted
 * server still accepts tokens that haven't expired.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { parsePolicy, type Policy } from './parse-policy.js';
import type { AssumeRoleReply, PolicyDocument } from './types.js';
import { endAll, type IssuedKey, MAX_KEYS, TokenFile } from './token-file.js';
import { OWNER } from './owner.js';
import type { AccessKey, KeyRing } from './verify-v4.js';

export interface PermanentKey {
  accessKeyId: string;
  accessKeySecret: string;
  /** What its RAM user may do. @default everything, as the account itself */
  policy?: PolicyDocument | undefined;
}

export class TokenService implements KeyRing {
  /** Life of a token by default, in seconds. */
  seconds: number;
  readonly #file: TokenFile;
  readonly #now: () => number;
  readonly #accounts: Map<string, AccessKey>;
  readonly #issued = new Map<string, IssuedKey>();
  /** The session policies in use, parsed once. */
  readonly #sessions = new WeakMap<IssuedKey, Policy>();
  /** What the role may do; undefined: everything. A session's policy narrows it. */
  rolePolicy: Policy | undefined;

  constructor(file: string, accounts: readonly PermanentKey[], seconds: number, now: () => number) {
    this.seconds = seconds;
    this.#file = new TokenFile(file);
    this.#now = now;
    this.#accounts = new Map(
      accounts.map(({ accessKeyId, accessKeySecret, policy }) => [
        accessKeyId,
        { accessKeySecret, ...(policy !== undefined && { policies: [parsePolicy(policy)] }) },
      ]),
    );
    for (const key of this.#file.read()) this.#remember(key);
  }

  /** @param policy the session policy's text, which has been checked; without one the role's rights are unchanged */
  issue(seconds: number = this.seconds, policy?: string): AssumeRoleReply {
    const text = (bytes: number): string => randomBytes(bytes).toString('base64url').replace(/[-_]/g, 'x');
    const session = `session-${text(6)}`;
    // Expiration has no fraction of a second; the token must not expire before the announced time.
    const expiresAt = Math.ceil((this.#now() + seconds * 1000) / 1000) * 1000;
    const key: IssuedKey = {
      accessKeyId: `STS.NU${text(18)}`,
      accessKeySecret: text(33),
      // The service's tokens are long and hold + / =, which breaks naive URL encoding.
      securityToken: `CAIS${randomBytes(397).toString('base64')}`,
      expiresAt,
      ...(policy !== undefined && { policy }),
    };
    this.#remember(key);
    if (this.#file.isLong) this.#file.write([...this.#issued.values()]);
    else this.#file.add(key);
    return {
      RequestId: randomUUID().toUpperCase(),
      AssumedRoleUser: {
        Arn: `acs:ram::${OWNER}:role/uploader/${session}`,
        AssumedRoleId: `331577948954600000:${session}`,
      },
      Credentials: {
        AccessKeyId: key.accessKeyId,
        AccessKeySecret: key.accessKeySecret,
        SecurityToken: key.securityToken,
        Expiration: `${new Date(expiresAt).toISOString().slice(0, 19)}Z`,
      },
    };
  }

  /** For good: no clock that is set later revives them. */
  expireAll(): void {
    endAll(this.#issued.values());
    this.#file.addEndOfAll();
  }

  find(accessKeyId: string): AccessKey | undefined {
    const account = this.#accounts.get(accessKeyId);
    if (account !== undefined) return account;
    const issued = this.#issued.get(accessKeyId);
    if (issued === undefined) return undefined;
    const session = this.#sessionOf(issued);
    return {
      ...issued,
      ...(this.rolePolicy !== undefined && { policies: [this.rolePolicy] }),
      ...(session !== undefined && { session }),
    };
  }

  #sessionOf(issued: IssuedKey): Policy | undefined {
    if (issued.policy === undefined) return undefined;
    const known = this.#sessions.get(issued) ?? parsePolicy(issued.policy);
    this.#sessions.set(issued, known);
    return known;
  }

  knowsToken(securityToken: string): boolean {
    for (const key of this.#issued.values()) if (key.securityToken === securityToken) return true;
    return false;
  }

  /** Expired keys are kept, to be refused as expired and not as unknown; the clock may also be set back. */
  #remember(key: IssuedKey): void {
    this.#issued.set(key.accessKeyId, key);
    const [oldest] = this.#issued.keys();
    if (this.#issued.size > MAX_KEYS && oldest !== undefined) this.#issued.delete(oldest);
  }
}
