import type { RequestSignature, RequestSigner, RequestToSign } from '../options/signer-types.js';
import type { Clock } from '../ports.js';
import { createPatientCall, type PatientCall } from './patient-call.js';
import { lifetimeOf, readSignatures } from './read-signatures.js';

/** Asks a signer for many signatures at a time. */
export interface SignatureBatches {
  /** Those ordered in one turn are asked for together. */
  order(request: RequestToSign): Ticket;
  /** Asks again for one half of a batch that has failed, with this request in it: one that is refused must not hold up the others. */
  orderHalf(ticket: Ticket): Ticket;
  /** Whether a signature is on its way, or there and not too old. */
  isGood(ticket: Ticket): boolean;
}

/** A place in a batch. */
export interface Ticket {
  readonly batch: Batch;
  readonly index: number;
}

/** Requests that one call of the signer signs. */
export interface Batch {
  readonly requests: RequestToSign[];
  readonly call: PatientCall<readonly RequestSignature[]>;
  /** It has been asked for: no more requests are taken. */
  isClosed: boolean;
  /** When the signatures arrived, by the local clock. */
  signedAt?: number;
  /** Milliseconds after that for which all of them are used. */
  lifetime: number;
  /** What it was divided into when it failed. */
  halves?: [Batch, Batch];
}

/** Requests of one call. */
const MAX_REQUESTS = 100;
/** An upload succeeds without its answer. */
const OPTIONAL = 'ListMultipartUploads';
/** Calls for a batch of several, before it is divided. For a single request that an upload needs they don't end. */
const MAX_CALLS = 3;

export function createSignatureBatches(
  signer: RequestSigner,
  clock: Clock,
  onSigned: (signatures: readonly RequestSignature[]) => void,
): SignatureBatches {
  let open: Batch | undefined;
  let hasAnswered = false;

  function start(...requests: RequestToSign[]): Batch {
    const ask = async (context: { signal: AbortSignal }): Promise<readonly RequestSignature[]> => {
      // Requests of the same turn go along.
      await undefined;
      batch.isClosed = true;
      const signatures = readSignatures(await signer(requests, context), requests);
      batch.signedAt = clock.now();
      batch.lifetime = Math.min(...signatures.map(lifetimeOf));
      hasAnswered = true;
      onSigned(signatures);
      return signatures;
    };
    const mayRepeat = (calls: number): boolean => calls < MAX_CALLS || (requests.length === 1 && requests[0]?.operation !== OPTIONAL);
    const batch: Batch = { requests, isClosed: false, lifetime: 0, call: createPatientCall('signer', ask, hasAnswered, clock, mayRepeat) };
    batch.call.answer.catch(() => {});
    return batch;
  }

  return {
    order(request) {
      if (!open || open.isClosed || open.requests.length === MAX_REQUESTS) open = start();
      return { batch: open, index: open.requests.push(request) - 1 };
    },
    orderHalf({ batch, index }) {
      const { requests } = batch;
      const middle = Math.ceil(requests.length / 2);
      batch.halves ??= [start(...requests.slice(0, middle)), start(...requests.slice(middle))];
      return index < middle ? { batch: batch.halves[0], index } : { batch: batch.halves[1], index: index - middle };
    },
    isGood: ({ batch: { call, signedAt, lifetime } }) =>
      signedAt === undefined ? !call.isOver : Math.abs(clock.now() - signedAt) < lifetime,
  };
}
