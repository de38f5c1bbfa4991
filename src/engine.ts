import { preconnect } from './browser/preconnect.js';
import { createPool } from './core/pool.js';
import { createHasher } from './hash/hasher.js';
import type { UploaderOptions } from './options.js';
import { createOssClient } from './oss/client.js';
import { createCredentialsCache } from './oss/credentials.js';
import { createRequester } from './oss/request.js';
import { createSigner } from './oss/sign.js';
import { browserFetch } from './oss/xhr-fetch.js';
import type { Network } from './ports.js';
import type { Engine, Host } from './upload/engine.js';
import { loadPatiently } from './upload/loader.js';
import { runUpload } from './upload/run.js';

/**
 * What runs uploads: requests, hashing, parts. The second half of the composition root, in a chunk of its own, so that
 * a page shows before it is there; {@link createUploader} loads it.
 */
export function createEngine(
  { config, clock, serviceClock }: Pick<Host, 'config' | 'clock' | 'serviceClock'>,
  network: Network,
  options: UploaderOptions,
): Engine {
  const hasher =
    options.ports?.hasher ??
    createHasher({
      workerFactory: options.workerFactory,
      load: (open, signal) => loadPatiently(open, { network, clock }, signal),
    });
  const requester = createRequester({
    config,
    clock,
    network,
    transport: options.fetch ?? browserFetch,
    signer: createSigner(config.region),
    credentials: createCredentialsCache(config.credentials, clock, serviceClock),
    serviceClock,
  });
  const client = createOssClient(requester);
  const means = { client, hasher, pool: createPool(config.parallel), trustEndpoint: requester.trust };
  let isConnected = false;
  return {
    client,
    upload(run) {
      if (!isConnected && !options.fetch) preconnect(client.urlOf(''));
      isConnected = true;
      return runUpload(run, means);
    },
    dispose: hasher.dispose,
  };
}
