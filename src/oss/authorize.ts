import type { ServiceClock } from './service-clock.js';
import type { CredentialsCache } from './credentials.js';
import type { Operation } from './operation.js';
import { signForm } from './post-form.js';
import type { Signer } from './sign.js';
import type { Waits } from './waits.js';
import type { ListedPart } from './xml.js';

/** Authorizes attempts: with credentials, or by a signer. */
export interface Authorizer {
  /** Whether it can sign forms. */
  readonly signsForms?: boolean;
  /**
   * @throws {CredentialsError} when there are no credentials, or the signer refuses
   * @throws `waits.signal.reason`
   */
  authorize(operation: Operation<unknown>, waits: Waits): Promise<Authorization>;
  /** Open uploads of a key, newest first, where something else than OSS is to be asked for them. */
  openUploads?: ((key: string, waits: Waits) => Promise<OpenUpload[]>) | undefined;
}

/** An upload that is neither complete nor aborted. */
export interface OpenUpload {
  readonly uploadId: string;
  /** Ascending by number; `undefined` when they have to be listed. */
  readonly parts?: ListedPart[] | undefined;
}

/** The authorization of one attempt. */
export interface Authorization {
  /** All headers to send. */
  readonly headers: Record<string, string>;
  /** All fields of a form but the file; of `PostObject`. */
  readonly fields?: Record<string, string> | undefined;
  /** Where to send it, if the signature is good for one address only. */
  readonly url?: string | undefined;
  /** The key, if the signer has chosen another one. */
  readonly key?: string | undefined;
  /** Texts that no message may contain. */
  readonly secrets: readonly (string | undefined)[];
  /** OSS refused these credentials: the next attempt gets others. */
  refuseCredentials(): void;
  /** OSS refused the time of the signature. @param serverTime OSS's own, in milliseconds since the epoch */
  adjustClock(serverTime: number): void;
}

/** With the credentials and the time of the moment. */
export function createAuthorizer(bucket: string, signer: Signer, credentials: CredentialsCache, serviceClock: ServiceClock): Authorizer {
  return {
    signsForms: true,
    async authorize({ operation, method, key, query, headers = {}, size = 0 }, waits) {
      const keys = await credentials.get(waits.signal, (error) => waits.show('credentials', error));
      const time = serviceClock.now();
      return {
        ...(operation === 'PostObject'
          ? { headers: {}, fields: await signForm({ bucket, key, size, headers }, signer, keys, time) }
          : { headers: await signer.sign({ method, bucket, key, query, headers }, keys, time) }),
        secrets: [keys.securityToken, keys.accessKeySecret],
        refuseCredentials: () => credentials.refuse(keys),
        adjustClock: serviceClock.learn,
      };
    },
  };
}
