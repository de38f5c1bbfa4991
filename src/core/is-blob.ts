/**
 * Whether a value is a `Blob` or a `File`, whichever realm made it: those of an iframe or a pop-up are no instances of this
 * page's classes, and work like its own.
 */
export function isBlob(value: unknown): value is Blob {
  return /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(value)) && typeof (value as Blob).slice === 'function';
}
