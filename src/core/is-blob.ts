/**
 * Whether a value is a `Blob` or a `File` of any realm: those of an iframe or a pop-up are not instances of this page's classes,
 * but work alike.
 */
export function isBlob(value: unknown): value is Blob {
  return /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(value)) && typeof (value as Blob).slice === 'function';
}
