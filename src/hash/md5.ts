import SparkMD5 from 'spark-md5';

/** Incremental MD5 of bytes. */
export class Md5 {
  #spark = new SparkMD5.ArrayBuffer();

  /** Adds bytes. */
  update(bytes: Uint8Array): this {
    // The types demand an ArrayBuffer, but views work, too, and only their own bytes are hashed.
    this.#spark.append(bytes as unknown as ArrayBuffer);
    return this;
  }

  /** The digest as `Content-MD5` wants it (RFC 1864). Ends the computation. */
  base64(): string {
    return btoa(this.#spark.end(true));
  }

  /** The digest as 32 lower-case hex digits. Ends the computation. */
  hex(): string {
    return this.#spark.end();
  }
}
