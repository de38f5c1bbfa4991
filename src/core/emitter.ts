/** Notifies listeners. Subscribing returns the unsubscriber. */
export interface Emitter<T = void> {
  subscribe(listener: (value: T) => void): () => void;
  emit(value: T): void;
  /** Whether anybody has subscribed. */
  isHeard(): boolean;
}

/**
 * Calls listeners in the order in which they subscribed. If one throws, the others are called all the same, and its error is
 * reported as uncaught, as the platform does for event listeners.
 */
export function createEmitter<T = void>(): Emitter<T> {
  const listeners = new Set<{ call: (value: T) => void }>();
  return {
    subscribe(listener) {
      // One entry per call: the same function may subscribe twice.
      const entry = { call: listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    isHeard: () => listeners.size > 0,
    emit(value) {
      for (const { call } of [...listeners]) {
        try {
          call(value);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
