/**
 * Makes the browser ask for confirmation before the user leaves the page, as long as there is a guard, and only if the user has
 * interacted with the page. A guard may exclude the page from the back/forward cache: hold it only during uploads.
 *
 * @returns removes this guard
 */
export function guardUnload(): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    event.preventDefault();
    // Chrome before 119 checks only this.
    event.returnValue = true;
  };
  globalThis.addEventListener?.('beforeunload', ask);
  return () => globalThis.removeEventListener?.('beforeunload', ask);
}
