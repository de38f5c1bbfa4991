import { loadPatiently } from '../core/load-patiently.js';
import type { RequestSigner } from '../options/signer-types.js';
import type { Clock, Network } from '../ports.js';
import type { Authorizer } from './authorize.js';
import type { ServiceClock } from './service-clock.js';
import type { Waits } from './waits.js';

/**
 * Authorizes by a server of the application. The script for that is loaded at the first request: pages with credentials never need it.
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
    (loading ??= import('./authorize-remotely.js').then(({ createAuthorizerBy }) =>
      createAuthorizerBy(signer, parallel, clock, serviceClock),
    ));
  const authorizer = ({ signal, show }: Waits): Promise<Authorizer> => {
    const attempt = (): Promise<Authorizer> =>
      load().catch((error) => {
        loading = undefined;
        show('network');
        throw error;
      });
    return loadPatiently(attempt, { network, clock }, signal);
  };
  // An application's own function knows requests only.
  const isHandler = typeof signer === 'string';
  return {
    signsForms: isHandler,
    openUploads: isHandler ? async (key, waits) => (await authorizer(waits)).openUploads!(key, waits) : undefined,
    authorize: async (operation, waits) => (await authorizer(waits)).authorize(operation, waits),
  };
}
