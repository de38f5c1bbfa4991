import { isCredentialsError, NetworkError, OssError } from '../errors.js';
import type { Network } from '../ports.js';
import type { Attempt, FailedAttempt } from './attempt.js';
import type { EndpointList } from './endpoint-list.js';
import type { Operation } from './operation.js';
import { fitsForm } from './post-form.js';
import { classify } from './retry.js';

/** Milliseconds that a file may take on this line: a form shows no progress, and the longer it takes, the less it saves. */
const LONGEST = 2_000;

/**
 * The same attempts, but an object that fits a form is sent as one, which saves a preflight. Whatever refuses forms (a gateway, a
 * domain, a signer, CORS rules without POST, a clock that is years off) costs one request: PutObject follows within the same attempt,
 * and decides.
 */
export function preferForms(attempt: Attempt, endpoints: EndpointList, network: Network): Attempt {
  /** By the PutObject that they replace; `null` after a failure. */
  const forms = new WeakMap<Operation<unknown>, Operation<unknown> | null>();

  function formOf<T>(operation: Operation<T>): Operation<T> | undefined {
    const { body, key, size = 0, headers = {} } = operation;
    if (endpoints.takesForms === false || operation.operation !== 'PutObject' || !(body instanceof Uint8Array)) return undefined;
    // Whoever can't read the answer sends the object again: an application's server must not be called twice for that, and what may not
    // overwrite would find itself in its way.
    const isOnce = 'x-oss-callback' in headers || 'x-oss-forbid-overwrite' in headers;
    if (!endpoints.takesForms && isOnce) return undefined;
    if (!fitsForm({ key, size, headers }) || endpoints.current().line.duration(size) > LONGEST) return undefined;
    const earlier = forms.get(operation) as Operation<T> | null | undefined;
    if (earlier === null) return undefined;
    const form = earlier ?? toForm(operation);
    forms.set(operation, form);
    return form;
  }

  return async (operation, context, waits, stalls) => {
    const form = formOf(operation);
    if (!form) return attempt(operation, context, waits, stalls);
    let isSilent = false;
    try {
      const outcome = await attempt(form, context, waits, stalls);
      if ('answer' in outcome) endpoints.takesForms = true;
      if ('answer' in outcome || !mayBeForm(outcome, network)) return outcome;
      isSilent = outcome.error instanceof NetworkError;
    } catch (error) {
      if (!isCredentialsError(error) || !/^(SignerRefused|InvalidSignatures)$/.test(error.code)) throw error;
    }
    forms.set(operation, null);
    const outcome = await attempt(operation, context, waits, stalls);
    const isAnswered = 'answer' in outcome || outcome.error instanceof OssError;
    // A silence that PutObject meets as well is the network's; so is one after a form that was taken.
    if (!isSilent || (isAnswered && !endpoints.takesForms)) endpoints.takesForms = false;
    return outcome;
  };
}

/** Whether PutObject may succeed where a form has failed. */
function mayBeForm({ error, metOffline }: FailedAttempt, network: Network): boolean {
  if (error instanceof NetworkError) return network.isOnline() && !metOffline;
  return error instanceof OssError && error.code !== 'FileAlreadyExists' && classify(error, true) === 'fail';
}

function toForm<T>(operation: Operation<T>): Operation<T> {
  return {
    ...operation,
    operation: 'PostObject',
    method: 'POST',
    read(reply, known) {
      // Whether OSS shows the CRC-64 of a form is not documented. PutObject shows it, so it proves more; but a signer that chooses keys
      // would choose another one for it.
      const isProof = reply.headers.has('x-oss-hash-crc64ecma') || reply.hasCallback || reply.key !== operation.key;
      return isProof ? operation.read(reply, known) : undefined;
    },
  };
}
