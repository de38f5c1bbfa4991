import type { RequestSignature, RequestSigner, RequestToSign } from '../options/signer-types.js';
import type { Clock } from '../ports.js';
import { createHandlerClient } from './ask-handler.js';
import type { Authorization, Authorizer, OpenUpload } from './authorize.js';
import type { Operation } from './operation.js';
import { createPatientCall } from './patient-call.js';
import { dateOf, mergeHeaders, secretsOf } from './read-signatures.js';
import type { ServiceClock } from './service-clock.js';
import { createSignatureBatches, type Ticket } from './signature-batches.js';
import type { Waits } from './waits.js';

/** Milliseconds by which the service's clock and the date of a request may differ. */
const SKEW = 900_000;

/**
 * Authorizes attempts without keys in the page. Parts are signed ahead, so that none waits for the application's server; a retry uses
 * the signature of the first attempt.
 * @param findUploads asks a handler of ours for open uploads; `undefined` where a function of the application signs
 * @param parallel requests in flight: twice as many are signed at a time
 */
export function createRemoteAuthorizer(
  signer: RequestSigner,
  findUploads: ((key: string, signal: AbortSignal) => Promise<OpenUpload[]>) | undefined,
  parallel: number,
  clock: Clock,
  serviceClock: ServiceClock,
): Authorizer {
  const batches = createSignatureBatches(signer, clock, ([first]) => {
    // OSS sees no date of this device, so it doesn't tell that this device's clock is wrong.
    const date = first ? dateOf(first) : Number.NaN;
    if (Math.abs(date - serviceClock.now()) > SKEW) serviceClock.learn(date);
  });
  /** Signatures of requests that have not been made, by what they are for. */
  const stock = new Map<string, Ticket>();
  const used = new WeakMap<Operation<unknown>, Ticket>();

  function take(operation: Operation<unknown>): Ticket {
    const request = toRequest(operation);
    const id = JSON.stringify(request);
    const earlier = used.get(operation) ?? stock.get(id);
    stock.delete(id);
    return earlier && batches.isGood(earlier) ? earlier : batches.order(request);
  }

  function signAhead({ ahead }: Operation<unknown>): void {
    const upcoming = new Map((ahead?.(3 * parallel) ?? []).map(toRequest).map((request) => [JSON.stringify(request), request]));
    const wanted = Math.min(2 * parallel, upcoming.size);
    for (const id of upcoming.keys()) if (stock.has(id)) upcoming.delete(id);
    if (upcoming.size < wanted) return;
    for (const [id, ticket] of stock) if (!batches.isGood(ticket)) stock.delete(id);
    for (const [id, request] of upcoming) stock.set(id, batches.order(request));
  }

  async function signatureOf(operation: Operation<unknown>, waits: Waits): Promise<[Ticket, RequestSignature]> {
    let ticket = take(operation);
    signAhead(operation);
    for (;;) {
      try {
        const signatures = await ticket.batch.call.wait(waits.signal, (error) => waits.show('credentials', error));
        used.set(operation, ticket);
        return [ticket, signatures[ticket.index] as RequestSignature];
      } catch (error) {
        waits.signal.throwIfAborted();
        if (ticket.batch.requests.length === 1) throw error;
        ticket = batches.orderHalf(ticket);
      }
    }
  }

  return {
    // An application's own function knows requests only.
    signsForms: findUploads !== undefined,
    openUploads:
      findUploads &&
      ((key, { signal, show }) =>
        createPatientCall(
          'signer',
          (context) => findUploads(key, context.signal),
          false,
          clock,
          (calls) => calls < 2,
        ).wait(signal, (error) => show('credentials', error))),
    async authorize(operation, waits) {
      const [ticket, signature] = await signatureOf(operation, waits);
      const refuse = (): void => {
        used.delete(operation);
        // What was signed by then was signed with the same keys, and by the same clock.
        for (const [id, { batch }] of stock) if (batch.signedAt && batch.signedAt <= (ticket.batch.signedAt ?? 0)) stock.delete(id);
      };
      return {
        ...signedBy(signature, operation),
        refuseCredentials: refuse,
        adjustClock(serverTime) {
          serviceClock.learn(serverTime);
          refuse();
        },
      };
    },
  };
}

/** @param signer the URL of a handler of ours, or a function of the application */
export function createAuthorizerBy(signer: string | RequestSigner, parallel: number, clock: Clock, serviceClock: ServiceClock): Authorizer {
  if (typeof signer === 'function') return createRemoteAuthorizer(signer, undefined, parallel, clock, serviceClock);
  const { sign, openUploads } = createHandlerClient(signer);
  return createRemoteAuthorizer(sign, openUploads, parallel, clock, serviceClock);
}

function signedBy(
  signature: RequestSignature,
  { operation, headers }: Operation<unknown>,
): Pick<Authorization, 'headers' | 'fields' | 'url' | 'key' | 'secrets'> {
  const { url, key } = signature;
  const secrets = secretsOf(signature);
  if (operation === 'PostObject') return { headers: {}, fields: signature.fields, key, secrets };
  return { headers: mergeHeaders(headers, signature.headers), url, key, secrets };
}

function toRequest({ operation, method, key, query, headers, size, parts }: Operation<unknown>): RequestToSign {
  return { operation, method, key, query, headers: mergeHeaders(headers), size, parts };
}
