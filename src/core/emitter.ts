/** Listeners of one thing: subscribing returns the unsubscriber. */
export interface Emitter<T = void> {
  subscribe(listener: (value: T) => void): () => void;
  emit(value: T): void;
}

/**
 * Calls listeners in the order they came. One that throws doesn't keep the others from hearing:
 * its error is reported as uncaught, the way the platform treats event listeners.
 */
export function createEmitter<T = void>(): Emitter<T> {
  const listeners = new Set<{ call: (value: T) => void }>();
  return {
    subscribe(listener) {
      // A holder of its own for each call: the same function may subscribe twice.
      const entry = { call: listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
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
