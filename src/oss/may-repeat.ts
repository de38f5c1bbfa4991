import { untilConnectivity } from '../core/abortable.js';
import { NetworkError, type OssError, type UploadError } from '../errors.js';
import type { Course, Way } from './course.js';
import type { Keys } from './credentials.js';

/** Milliseconds between looks at the network while offline: not every return is announced. */
const OFFLINE_PROBE = 30_000;
/** Milliseconds: connections break before the browser says that it is offline. */
const OFFLINE_NOTICE = 2_000;

/**
 * Whether to repeat a request after a failed attempt. Waits for whatever has to come first, but for `course.delay`.
 * @throws {CorsError | NetworkError} what a silence means, when that is known
 * @throws `signal.reason`
 */
export async function mayRepeat(way: Way, course: Course<unknown>, error: Error): Promise<boolean> {
  const { network, endpoints } = way;
  const { endpoint, silence } = course;
  course.delay = 0;
  if (course.waitSignal.aborted) return false;
  if (isSilent(error)) {
    if (error.code === 'Stalled' && !course.metOffline) course.stalls += 1;
    if (!network.isOnline()) {
      course.wait('network', error);
      // The browser may be wrong, for good: what answers now is there.
      if (await silence.isAnswered(endpoint)) course.metOffline = false;
    }
  } else silence.forget();
  const isOnline = network.isOnline() && !course.metOffline;
  const decision = course.budget.spend(error, isOnline);
  switch (decision.action) {
    case 'refresh':
      way.credentials.refuse(course.keys as Keys);
      return true;
    case 'adjust-clock':
      way.serviceClock.learn((error as OssError).serverTime as number);
      return true;
    case 'leave-endpoint':
      return endpoints.leave(endpoint, true);
    case 'wait-online':
      silence.forget();
      return parkUntilOnline(way, course, error as NetworkError);
    case 'repeat':
      course.delay = decision.delay;
      if (decision.wait) course.wait(decision.wait, error as UploadError);
      return !isSilent(error) || silence.mayRepeat(error, endpoint, true);
    default:
      // A stall is no refusal.
      if (!isSilent(error) || !isOnline || error.code === 'Stalled') return false;
      // Before the first answer ever, a wrong address and a missing CORS rule look the same.
      return endpoint.isContacted ? goesOffline(way, course, error) : silence.mayRepeat(error, endpoint, false);
  }
}

/** Whether no answer came: the connection broke, or stalled. */
function isSilent(error: Error): error is NetworkError {
  return error instanceof NetworkError && error.code !== 'UnreadableAnswer';
}

async function parkUntilOnline(way: Way, course: Course<unknown>, error: NetworkError): Promise<boolean> {
  course.wait('network', error);
  await untilConnectivity(way, true, OFFLINE_PROBE, course.waitSignal);
  // Everything that was parked starts at once: spread it.
  course.delay = Math.random() * way.config.retry.baseDelay;
  return true;
}

/** The last look before a network error is final. */
async function goesOffline(way: Way, course: Course<unknown>, error: NetworkError): Promise<boolean> {
  await untilConnectivity(way, false, OFFLINE_NOTICE, course.waitSignal);
  return !way.network.isOnline() && parkUntilOnline(way, course, error);
}
