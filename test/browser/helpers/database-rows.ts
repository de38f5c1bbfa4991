/** The rows that the library has stored in IndexedDB. */

/** All rows of a database. */
export async function allRows(name: string): Promise<unknown[]> {
  const database = await open(name);
  const rows = await settled(database.transaction('checkpoints').objectStore('checkpoints').getAll());
  database.close();
  return rows;
}

/** Deletes parts of a checkpoint without the library. */
export async function deleteParts(name: string, id: string, parts: readonly number[]): Promise<void> {
  const database = await open(name);
  const store = database.transaction('checkpoints', 'readwrite').objectStore('checkpoints');
  await Promise.all(parts.map((part) => settled(store.delete(['part', id, part]))));
  database.close();
}

const open = (name: string): Promise<IDBDatabase> => settled(indexedDB.open(name));

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
