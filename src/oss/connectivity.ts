import type { Network } from '../ports.js';

/** The platform's word about the network, held against what arrives. */
export interface Connectivity extends Network {
  /** Something has answered that was asked while the platform said "offline": it is wrong. */
  answered(): void;
}

/**
 * Some hosts say "offline" for good, behind virtual adapters and remote desktops, while everything works. That is not
 * believed once an answer has come, until the platform's next word.
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
