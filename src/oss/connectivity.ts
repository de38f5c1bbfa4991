import type { Network } from '../ports.js';

/** The platform's report about the network, checked against the answers that arrive. */
export interface Connectivity extends Network {
  /** A request that was sent while the platform reported "offline" was answered: the platform is wrong. */
  answered(): void;
}

/**
 * Some hosts report "offline" permanently, behind virtual adapters and remote desktops, while everything works. Once an answer has
 * come, that is not believed until the platform's next report.
 */
export function createConnectivity(network: Network): Connectivity {
  let isDoubted = false;
  return {
    isOnline: () => network.isOnline() || isDoubted,
    subscribe: (listener) =>
      network.subscribe((online) => {
        isDoubted = false;
        listener(online);
      }),
    answered() {
      isDoubted = !network.isOnline();
    },
  };
}
