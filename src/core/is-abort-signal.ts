/** Whether a value is an `AbortSignal` of any realm: one of an iframe or a pop-up is not an instance of this page's class. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}
