import type { Checkpoint, CheckpointPart, CheckpointStore } from '../ports.js';

/** Checkpoints that last as long as the page. Values are copied, as in IndexedDB. */
export function createMemoryCheckpointStore(): CheckpointStore {
  const records = new Map<string, Checkpoint>();
  const parts = new Map<string, Map<number, CheckpointPart>>();
  return {
    list: async () => structuredClone([...records.values()]),
    load: async (id) => structuredClone(records.get(id)),
    save: async (record) => void records.set(record.id, structuredClone(record)),
    remove: async (id) => {
      records.delete(id);
      parts.delete(id);
    },
    parts: async (id) => structuredClone([...(parts.get(id)?.values() ?? [])].sort((a, b) => a.number - b.number)),
    savePart: async (id, part) => {
      if (!parts.has(id)) parts.set(id, new Map());
      parts.get(id)!.set(part.number, { ...part });
    },
    removePart: async (id, number) => void parts.get(id)?.delete(number),
  };
}
