import type { Emitter } from '../core/emitter.js';
import type { RequestEvent } from '../core/request-event.js';
import { type OssError, UploadError } from '../errors.js';
import type { Clock } from '../ports.js';
import type { Attempt } from './attempt.js';
import type { Operation, Reply, Trace } from './operation.js';

/** The same attempts, reported to whoever listens. While nobody does, nothing is computed. */
export function observeAttempts(attempt: Attempt, events: Emitter<RequestEvent>, clock: Clock): Attempt {
  const counts = new WeakMap<Operation<unknown>, number>();
  return async (operation, context, waits, stalls) => {
    if (!events.isHeard()) return attempt(operation, context, waits, stalls);
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const startedAt = clock.now();
    let sentAt: number | undefined;
    let answeredAt: number | undefined;
    let sentBytes = 0;
    let reply: Reply | OssError | undefined;
    const trace: Trace = {
      sending: () => {
        sentAt = clock.now();
      },
      answering: () => {
        answeredAt ??= clock.now();
      },
      replied: (whole) => {
        reply = whole;
      },
    };
    const onSent = (bytes: number): void => {
      sentBytes = bytes;
      context.onSent?.(bytes);
    };
    const report = (outcome: RequestEvent['outcome'], error?: unknown): void => {
      const { code, requestId, ec } = (error instanceof UploadError ? error : {}) as Partial<OssError>;
      const { operation: name, key, partNumber } = operation;
      const now = clock.now();
      events.emit({
        operation: name,
        key,
        partNumber,
        attempt: count,
        outcome,
        status: reply?.status,
        code,
        requestId: requestId ?? (reply && 'headers' in reply ? (reply.headers.get('x-oss-request-id') ?? undefined) : undefined),
        ec,
        waitReason: waits.takeReason(),
        sentBytes,
        queuedMs: (sentAt ?? now) - startedAt,
        firstByteMs: answeredAt && sentAt && answeredAt - sentAt,
        totalMs: now - startedAt,
      });
    };
    try {
      const result = await attempt(operation, { ...context, onSent }, waits, stalls, trace);
      if ('error' in result) report('failed', result.error);
      else report('answered');
      return result;
    } catch (error) {
      report(context.signal.aborted || context.givingUp?.aborted ? 'aborted' : 'failed', error);
      throw error;
    }
  };
}
