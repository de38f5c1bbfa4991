/**
 * One bucket on the disk.
 *
 *   incoming/{random}                      bodies still being received
 *   uploads/{uploadId}/upload.json         the arguments of Initiate
 *   uploads/{uploadId}/{number}.{sequence}.{modified}.{size}.{etag}.{crc64}    one part
 *   blobs/{folder}/…                       the pieces of finished objects
 *   objects/{sha256 of the key}.json       manifest: headers, checksums, list of pieces
 *
 * A part's record *is* its file name. Storing a part is therefore one rename, whatever the number of parts,
 * and a restart finds exactly the parts that were acknowledged. Complete copies no byte: the upload's
 * folder becomes the object's, and the manifest lists the pieces. State changes are synchronous
 * (rename, unlink), and so atomic for concurrent requests.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BodyReaders } from './body-readers.js';
import { combineCrc64 } from './crc64.js';
import { describeObjects, describeUploads } from './describe-bucket.js';
import type { Received } from './hashed-file.js';
import { partFile, readPartFile } from './part-file.js';
import type { Attributes, ObjectRecord, PartRecord, Piece, Upload } from './records.js';
import { type BodyStore, storedBodies } from './receive-body.js';
import { readObjectManifest, readUploadManifest } from './read-manifest.js';
import type { OpenUpload, StoredObject } from './types.js';
import { Versions } from './versions.js';
import { writeJson } from './write-json.js';

export type { Attributes, ObjectRecord, PartRecord, Piece, Upload };

export class BucketStore {
  readonly name: string;
  readonly objects: Map<string, ObjectRecord> = new Map();
  readonly uploads: Map<string, Upload> = new Map();
  readonly readers: BodyReaders = new BodyReaders();
  readonly versions: Versions = new Versions(this);
  /** Manifests and parts that were skipped, and why. Until they are cleared, no stored byte that might be theirs is removed. */
  readonly damaged: Map<string, string> = new Map();
  readonly #root: string;
  readonly #isLasting: boolean;
  readonly #bodies: Pick<BodyStore, 'isWhole'>;
  readonly #removals = new Set<Promise<void>>();

  /** @param isLasting false if the folder ends with the process: then no write waits for the disk */
  constructor(root: string, name: string, isLasting = true, bodies: Pick<BodyStore, 'isWhole'> = storedBodies) {
    this.name = name;
    this.#bodies = bodies;
    this.#isLasting = isLasting;
    this.#root = join(root, name);
    rmSync(join(this.#root, 'incoming'), { recursive: true, force: true });
    for (const folder of ['incoming', 'uploads', 'blobs', 'objects']) mkdirSync(join(this.#root, folder), { recursive: true });
    this.#loadObjects();
    this.#loadUploads();
  }

  #loadObjects(): void {
    for (const file of readdirSync(join(this.#root, 'objects'))) {
      if (!file.endsWith('.json')) continue;
      const manifest = join(this.#root, 'objects', file);
      const record = readObjectManifest(manifest);
      if (record === undefined) {
        this.damaged.set(manifest, 'is damaged');
        continue;
      }
      // The server stopped between manifest and rename: the upload is complete, so finish it.
      const unmoved = join(this.#root, 'uploads', record.folder);
      if (existsSync(unmoved)) renameSync(unmoved, join(this.#root, 'blobs', record.folder));
      if (record.pieces.every((piece) => this.#bodies.isWhole(this.piecePath(record, piece), piece.size))) this.#add(record);
      else this.damaged.set(manifest, `(${record.key}) has lost bytes of its body`);
    }
    this.versions.dropDoubles();
    if (this.damaged.size > 0) return;
    const used = new Set([...this.objects.values()].map((record) => record.folder));
    for (const folder of readdirSync(join(this.#root, 'blobs'))) if (!used.has(folder)) this.#removeFolder('blobs', folder);
  }

  #loadUploads(): void {
    for (const id of readdirSync(join(this.#root, 'uploads'))) {
      const folder = join(this.#root, 'uploads', id);
      const manifest = join(folder, 'upload.json');
      if (!existsSync(manifest)) {
        this.#removeFolder('uploads', id);
        continue;
      }
      const record = readUploadManifest(manifest);
      if (record?.id !== id) {
        this.damaged.set(manifest, 'is damaged');
        continue;
      }
      const upload: Upload = { ...record, parts: new Map(), sequence: 0 };
      const parts = readdirSync(folder)
        .map(readPartFile)
        .filter((part) => part !== undefined);
      for (const part of parts.sort((a, b) => a.sequence - b.sequence)) {
        upload.sequence = part.sequence;
        const path = join(folder, part.file);
        if (!this.#bodies.isWhole(path, part.size)) {
          this.damaged.set(path, 'has lost bytes');
          continue;
        }
        const replaced = upload.parts.get(part.number);
        if (replaced !== undefined) unlinkSync(join(folder, replaced.file));
        upload.parts.set(part.number, part);
      }
      this.uploads.set(id, upload);
    }
  }

  /** The path of a new file for a body. Whoever receives into it must pass it to a commit or to `discard`. */
  incomingFile(): string {
    return join(this.#root, 'incoming', randomBytes(12).toString('hex'));
  }

  async discard(file: string): Promise<void> {
    await rm(file, { force: true });
  }

  piecePath(record: ObjectRecord, piece: Piece): string {
    return join(this.#root, 'blobs', record.folder, piece.file);
  }

  createUpload(key: string, attributes: Attributes, sequential: boolean, now: number): Upload {
    const id = randomBytes(16).toString('hex').toUpperCase();
    const manifest = { id, key, initiated: now, sequential, attributes };
    mkdirSync(join(this.#root, 'uploads', id));
    writeJson(join(this.#root, 'uploads', id, 'upload.json'), manifest, this.#isLasting);
    const upload: Upload = { ...manifest, parts: new Map(), sequence: 0 };
    this.uploads.set(id, upload);
    return upload;
  }

  findUpload(id: string, key: string): Upload | undefined {
    const upload = this.uploads.get(id);
    return upload?.key === key ? upload : undefined;
  }

  /** Undefined, with nothing stored, if the upload has ended while the body was received. */
  commitPart(upload: Upload, number: number, incoming: string, body: Received, now: number): PartRecord | undefined {
    if (this.uploads.get(upload.id) !== upload) return undefined;
    const fields = { number, sequence: ++upload.sequence, modified: now, size: body.size, etag: body.md5.toUpperCase(), crc64: body.crc64 };
    const part: PartRecord = { ...fields, file: partFile(fields) };
    const folder = join(this.#root, 'uploads', upload.id);
    renameSync(incoming, join(folder, part.file));
    const replaced = upload.parts.get(number);
    if (replaced !== undefined) unlinkSync(join(folder, replaced.file));
    upload.parts.set(number, part);
    return part;
  }

  completeUpload(upload: Upload, parts: readonly PartRecord[], acl: string, now: number): ObjectRecord {
    const source = join(this.#root, 'uploads', upload.id);
    let crc = '0';
    for (const part of parts) crc = combineCrc64(crc, part.crc64, part.size);
    const etag = createHash('md5')
      .update(parts.map((part) => part.etag).join(''))
      .digest('hex')
      .toUpperCase();
    const record: ObjectRecord = {
      key: upload.key,
      size: parts.reduce((sum, part) => sum + part.size, 0),
      etag: `${etag}-${parts.length}`,
      crc64: crc,
      type: 'Multipart',
      lastModified: now,
      acl,
      attributes: upload.attributes,
      ...this.versions.stamp(upload.key),
      folder: upload.id,
      pieces: parts.map(({ file, size }) => ({ file, size })),
    };
    const replaced = this.objects.get(record.key);
    // First, so that no version is lost if the server stops in between.
    const isKept = replaced !== undefined && this.versions.keep(replaced);
    this.save(record);
    renameSync(source, join(this.#root, 'blobs', record.folder));
    this.uploads.delete(upload.id);
    const listed = new Set(parts.map((part) => part.file));
    for (const part of upload.parts.values()) {
      if (!listed.has(part.file)) unlinkSync(join(this.#root, 'blobs', record.folder, part.file));
    }
    if (replaced !== undefined && !isKept) this.#removeBody(replaced);
    return record;
  }

  abortUpload(upload: Upload): void {
    this.uploads.delete(upload.id);
    // Without its manifest the folder is no longer an upload, even if the server stops right now.
    rmSync(join(this.#root, 'uploads', upload.id, 'upload.json'), { force: true });
    this.#removeFolder('uploads', upload.id);
  }

  putObject(key: string, incoming: string, body: Received, attributes: Attributes, acl: string, now: number): ObjectRecord {
    const folder = `put-${randomBytes(12).toString('hex')}`;
    const record: ObjectRecord = {
      key,
      size: body.size,
      etag: body.md5.toUpperCase(),
      crc64: body.crc64,
      contentMd5: Buffer.from(body.md5, 'hex').toString('base64'),
      type: 'Normal',
      lastModified: now,
      acl,
      attributes,
      ...this.versions.stamp(key),
      folder,
      pieces: body.size === 0 ? [] : [{ file: 'body', size: body.size }],
    };
    const replaced = this.objects.get(key);
    const isKept = replaced !== undefined && this.versions.keep(replaced);
    mkdirSync(join(this.#root, 'blobs', folder));
    renameSync(incoming, join(this.#root, 'blobs', folder, 'body'));
    this.save(record);
    if (replaced !== undefined && !isKept) this.#removeBody(replaced);
    return record;
  }

  /** @param keepBody for another record that has it */
  deleteObject(key: string, keepBody = false): void {
    const record = this.objects.get(key);
    if (record === undefined) return;
    this.objects.delete(key);
    this.versions.removed(record);
    unlinkSync(join(this.#root, 'objects', `${hash(key)}.json`));
    if (!keepBody) this.#removeBody(record);
  }

  clear(): void {
    for (const upload of [...this.uploads.values()]) this.abortUpload(upload);
    for (const key of [...this.objects.keys()]) this.deleteObject(key);
    for (const file of this.damaged.keys()) rmSync(file, { force: true });
    this.damaged.clear();
  }

  describeUploads(): OpenUpload[] {
    return describeUploads(this);
  }

  describeObjects(): StoredObject[] {
    return describeObjects(this);
  }

  /** Resolves when the files of ended uploads and replaced objects have been removed. */
  async settled(): Promise<void> {
    while (this.#removals.size > 0) await Promise.all(this.#removals);
  }

  /** Writes a record's manifest. */
  save(record: ObjectRecord): void {
    writeJson(join(this.#root, 'objects', `${hash(record.key)}.json`), record, this.#isLasting);
    this.#add(record);
  }

  #add(record: ObjectRecord): void {
    this.objects.set(record.key, record);
    this.versions.added(record);
  }

  #removeBody({ folder }: ObjectRecord): void {
    this.readers.removeUnread(folder, () => this.#removeFolder('blobs', folder));
  }

  /** Runs in the background: removing 10,000 files must not delay other requests. */
  #removeFolder(kind: 'uploads' | 'blobs', folder: string): void {
    const removal = rm(join(this.#root, kind, folder), { recursive: true, force: true, maxRetries: 3 })
      .catch(() => {})
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
