import { loadPatiently } from '../core/load-patiently.js';
import type { RequestSigner } from '../options/signer-types.js';
import type { Clock, Network } from '../ports.js';
import type { Authorizer } from './authorize.js';
import type { ServiceClock } from './service-clock.js';
import type { Waits } from './waits.js';

/**
 * Authorizes by a server of the application. Pages with credentials never need the script for that. Others load it at once, while
 * the line that brought the page still works: in Firefox, a script that has failed to load fails until the page is loaded again.
 * @param signer the URL of a handler of ours, or a function of the application
 * @param parallel requests in flight
 */
export function createLateAuthorizer(
  signer: string | RequestSigner,
  parallel: number,
  network: Network,
  clock: Clock,
  serviceClock: ServiceClock,
): Authorizer {
  let loading: Promise<Authorizer> | undefined;
  const load = (): Promise<Authorizer> =>
    (loading ??= import('./authorize-remotely.js').then(
      ({ createAuthorizerBy }) => createAuthorizerBy(signer, parallel, clock, serviceClock),
      (error) => {
        loading = undefined;
        throw error;
      },
    ));
  const authorizer = ({ signal, show }: Waits): Promise<Authorizer> => {
    const attempt = (): Promise<Authorizer> =>
      load().catch((error) => {
        show('network');
        throw error;
      });
    return loadPatiently(attempt, { network, clock }, signal);
  };
  load().catch(() => {});
  // An application's own function knows requests only.
  const isHandler = typeof signer === 'string';
  return {
    signsForms: isHandler,
    openUploads: isHandler ? async (key, waits) => (await authorizer(waits)).openUploads!(key, waits) : undefined,
    authorize: async (operation, waits) => (await authorizer(waits)).authorize(operation, waits),
  };
}
